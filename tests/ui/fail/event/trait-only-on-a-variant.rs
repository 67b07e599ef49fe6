use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
enum Push {
    #[event(trait_only)]
    Added,
}

fn main() {}
