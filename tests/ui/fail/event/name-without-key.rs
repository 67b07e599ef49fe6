use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, "EVENT_UNIT_STATUS")]
struct UnitStatus {
    unit: u32,
}

fn main() {}
