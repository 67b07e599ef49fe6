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

#[requires_tier(Plus)]
fn list() {}

#[requires_tier(Plan::Gold)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list, export))]
struct Api;

fn main() {}
