use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, name = " ")]
struct UnitStatus {
    unit: u32,
}

fn main() {}
