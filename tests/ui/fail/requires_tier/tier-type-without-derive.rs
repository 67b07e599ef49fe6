use tiergate::requires_tier;

#[derive(Clone, Copy)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn handler() {}

fn main() {}
