use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, until_version = 3)]
struct UnitStatus {
    unit: u32,
}

fn main() {}
