use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units")]
fn units() {}

#[requires_tier(Free, get = "/units")]
fn all_units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units))]
struct Units;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(all_units), include(Units))]
struct Api;

fn main() {}
