use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
enum Push {
    #[event(name = "Removed")]
    Added,
    Removed,
}

fn main() {}
