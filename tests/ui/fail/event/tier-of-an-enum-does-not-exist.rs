use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Gold)]
enum Push {
    Added,
    Removed,
}

fn main() {}
