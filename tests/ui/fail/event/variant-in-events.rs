use tiergate::{Catalogue, Event};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
enum Push {
    Added,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(Push::Added))]
struct Api;

fn main() {}
