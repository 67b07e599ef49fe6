use tiergate::Cleared;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct UnitStatus {
    unit: u32,
}

struct Delivery {
    event: Cleared<UnitStatus>,
}

fn main() {}
