use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

const COST: u32 = 20;

#[requires_tier(Plus, cost = COST)]
fn export() {}

fn main() {}
