use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, cost = 20)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export), quota = "10/day")]
struct Api;

fn main() {}
