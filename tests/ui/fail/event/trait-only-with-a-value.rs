use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, trait_only = true)]
struct UnitStatus {
    unit: u32,
}

fn main() {}
