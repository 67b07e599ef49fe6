use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/h/{id")]
fn handler() {}

#[requires_tier(Free, get = "/h/{id}/{")]
fn other() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(handler, other))]
struct Api;

fn main() {
    Api::find("GET", "/h/7");
}
