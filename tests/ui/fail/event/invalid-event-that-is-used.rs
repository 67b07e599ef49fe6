use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, nmae = "a")]
struct UnitStatus {
    unit: u32,
}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, events(UnitStatus))]
struct Api;

fn main() {
    let _ = UnitStatus { unit: 1 }.cleared_for(Tier::Plus);
}
