use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, limit(Plus = "60/min", Pro = "90/s"))]
fn export() {}

fn main() {}
