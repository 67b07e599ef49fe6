use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(public = "health checks have no account", cost = 20)]
fn export() {}

fn main() {}
