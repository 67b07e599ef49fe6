use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
unsafe extern "C" fn handler() {}

fn main() {}
