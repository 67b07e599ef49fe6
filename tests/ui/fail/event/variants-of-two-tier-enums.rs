use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

#[derive(Event)]
enum Push {
    #[event(Plus)]
    Added,
    #[event(Plan::Gold)]
    Removed,
}

fn main() {}
