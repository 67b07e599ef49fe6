use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn list(filter: impl Fn(u8) -> bool) {
    let _ = filter(1);
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list))]
struct Api;

fn main() {}
