use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, limit = "60/minute")]
struct UnitStatus {
    unit: u32,
}

fn main() {}
