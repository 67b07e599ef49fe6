use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn list() {}

struct Unit;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list, Unit))]
struct Api;

fn main() {}
