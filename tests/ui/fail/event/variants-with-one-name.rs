use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
enum Push {
    #[event(name = "UNIT")]
    Added,
    #[event(name = "UNIT")]
    Removed,
}

fn main() {}
