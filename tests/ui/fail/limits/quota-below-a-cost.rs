use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, get = "/export", cost = 20)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export), quota(Free = "10/day", Plus = "10/minute; 5000/day", Pro = "60/minute; 5000/day"))]
struct Api;

fn main() {}
