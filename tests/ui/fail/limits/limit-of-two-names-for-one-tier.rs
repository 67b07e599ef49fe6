use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

impl Tier {
    const SAME: Self = Self::Plus;
}

#[requires_tier(Plus, limit(Plus = "60/minute", SAME = "90/minute"))]
fn export() {}

fn main() {}
