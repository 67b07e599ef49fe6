use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn list() {}

fn forgotten() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list, forgotten))]
struct Api;

fn main() {}
