use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

#[requires_tier(Plan::Gold, get = "/units")]
async fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers(units))]
struct Plans;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Plans))]
struct Api;

fn main() {}
