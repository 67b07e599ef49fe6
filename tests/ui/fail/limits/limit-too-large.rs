use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, limit = "4294967296/day")]
fn export() {}

fn main() {}
