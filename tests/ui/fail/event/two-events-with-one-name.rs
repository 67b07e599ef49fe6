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

mod radio {
    #[derive(tiergate::Event)]
    #[event(super::Tier::Plus, name = "UnitStatus")]
    pub(super) struct Status;
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(UnitStatus, radio::Status))]
struct Api;

fn main() {}
