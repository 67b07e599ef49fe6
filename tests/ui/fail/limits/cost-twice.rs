use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, cost = 20, cost = 30)]
fn export() {}

fn main() {}
