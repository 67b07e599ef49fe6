use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn list() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list, missing))]
struct Api;

fn main() {}
