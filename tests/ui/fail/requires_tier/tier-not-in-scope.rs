use tiergate::requires_tier;

mod tiers {
    #[derive(Clone, Copy, tiergate::Tier)]
    pub enum Tier {
        Free,
        Plus,
    }
}

#[requires_tier(Plus)]
fn handler() {}

fn main() {}
