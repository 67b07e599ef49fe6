use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Free)]
#[requires_tier(Plus)]
fn handler() {}

fn main() {}
