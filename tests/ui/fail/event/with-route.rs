use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus, post = "/units")]
struct UnitStatus {
    unit: u32,
}

fn main() {}
