use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Pro, enforced = Free, limit(Pro = "60/minute"))]
fn export() {}

fn main() {}
