use tiergate::{Catalogue, Event};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plan::Gold)]
struct UnitStatus {
    unit: u32,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(UnitStatus))]
struct Api;

fn main() {}
