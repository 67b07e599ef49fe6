use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units")]
async fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units))]
struct Api<T>(T);

fn main() {}
