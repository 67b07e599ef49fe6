use tiergate::{Catalogue, Event, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
struct Status(u32);

#[requires_tier(Plus, get = "/units")]
async fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, Status))]
struct Api;

fn main() {}
