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
#[event(feature = Radio, enforced = Free)]
struct UnitStatus {
    unit: u32,
}

fn main() {}
