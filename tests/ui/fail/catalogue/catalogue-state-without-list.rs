use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units")]
async fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = NoSuchType)]
struct Api;

fn main() {
    drop(units);
    let _: axum::Router<u8> = Api::router();
}
