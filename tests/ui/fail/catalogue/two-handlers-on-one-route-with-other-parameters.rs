use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units/{id}")]
fn unit() {}

#[requires_tier(Free, get = "/units/{name}")]
fn unit_by_name() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit, unit_by_name))]
struct Api;

fn main() {}
