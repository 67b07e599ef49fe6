use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Free)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export), quota(Free = "100/day", Free = "200/day"))]
struct Api;

fn main() {}
