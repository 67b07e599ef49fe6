use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, or_feature = Radio, limit(Plus = "60/minute"))]
fn export() {}

fn main() {}
