use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, cost = -1)]
fn export() {}

fn main() {}
