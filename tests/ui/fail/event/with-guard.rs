use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, guard = pass)]
struct UnitStatus {
    unit: u32,
}

fn main() {}
