use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, feature = Radio)]
fn transmit() {}

fn main() {}
