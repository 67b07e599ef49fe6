use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(public = "health checks have no account", guard = pass)]
fn handler() {}

fn main() {}
