use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, crate = tiergate, crate = ::tiergate)]
struct UnitStatus {
    unit: u32,
}

fn main() {}
