use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, get = "/x")]
enum Push {
    Added,
    Removed,
}

fn main() {}
