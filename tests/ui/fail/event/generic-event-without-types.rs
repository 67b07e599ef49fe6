use tiergate::{Catalogue, Event};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
struct Changed<T>(T);

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(Changed))]
struct Api;

fn main() {}
