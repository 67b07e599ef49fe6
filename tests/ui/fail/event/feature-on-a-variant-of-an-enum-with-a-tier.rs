use tiergate::Event;

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
enum Push {
    Added,
    #[event(feature = Radio)]
    Removed,
}

fn main() {}
