use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Free, limit(Free = "10/minute", Plus = "5000/day"))]
fn export() {}

fn main() {}
