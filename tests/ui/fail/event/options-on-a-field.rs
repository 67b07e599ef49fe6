use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
struct UnitStatus {
    #[event(name = "number")]
    unit: u32,
}

fn main() {}
