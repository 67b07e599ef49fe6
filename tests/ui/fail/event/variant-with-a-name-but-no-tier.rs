use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
enum Push {
    #[event(Plus)]
    Added,
    #[event(name = "REMOVED")]
    Removed,
}

fn main() {}
