use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Free, limit(Free = "10/minute; 100/day", Plus = "200/day", Pro = "5/minute; 300/day"))]
fn export() {}

fn main() {}
