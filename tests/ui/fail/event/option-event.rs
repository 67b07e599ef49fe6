use tiergate::{Catalogue, Event};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
struct UnitStatus {
    unit: u32,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, event(UnitStatus))]
struct Api;

fn main() {}
