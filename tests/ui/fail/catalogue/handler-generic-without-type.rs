use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn list() {}

#[requires_tier(Plus)]
fn generic<T: Default>() {
    let _ = T::default();
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list, generic))]
struct Api;

fn main() {}
