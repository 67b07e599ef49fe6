use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units")]
async fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units))]
struct Units;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Units, Units))]
struct Api;

fn main() {}
