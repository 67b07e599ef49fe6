use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, limit(Free = "10/minute", Plus = "60/minute"))]
fn export() {}

fn main() {}
