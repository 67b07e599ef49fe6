use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units/{id}")]
fn unit() {}

#[requires_tier(Free, get = "/units/{id}")]
fn same_unit() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit, same_unit))]
struct Api;

fn main() {}
