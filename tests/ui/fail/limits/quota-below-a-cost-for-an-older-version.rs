use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Pro, until_version(3, Plus), cost = 20)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export), quota(Free = "10/day", Plus = "10/hour; 5000/day", Pro = "1000/hour"))]
struct Api;

fn main() {}
