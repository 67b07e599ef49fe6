use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn list() {}

struct Service {
    name: u8,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list, Service))]
struct Api;

fn main() {}
