use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units/{id}")]
fn unit() {}

#[requires_tier(Plus, delete = "/units/{unit}")]
fn remove() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit, remove))]
struct Api;

fn main() {}
