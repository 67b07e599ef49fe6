use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

const LIMIT: &str = "60/minute";

#[requires_tier(Plus, limit = LIMIT)]
fn export() {}

fn main() {}
