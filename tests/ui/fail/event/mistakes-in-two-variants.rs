use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
enum Push {
    #[event(Plus, get = "/x")]
    Added,
    Removed,
}

fn main() {}
