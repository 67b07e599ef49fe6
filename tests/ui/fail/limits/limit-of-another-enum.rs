use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Gold,
}

#[requires_tier(Plus, limit(Plus = "60/minute", Plan::Gold = "90/minute"))]
fn export() {}

fn main() {}
