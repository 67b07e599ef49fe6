use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Clone)]
struct State;

#[requires_tier(Plus, get = "/units")]
fn list() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = State, handlers(list))]
struct Api;

fn main() {}
