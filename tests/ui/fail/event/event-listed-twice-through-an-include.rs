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
#[catalogue(tier = Tier, events(UnitStatus))]
struct Units;

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(UnitStatus), include(Units))]
struct Api;

fn main() {}
