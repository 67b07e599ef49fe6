//! Lints that nothing may allow again.
#![forbid(unsafe_code, missing_docs, unused, nonstandard_style, unreachable_pub)]

use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units")]
async fn units() {}

#[requires_tier(public = "all may", get = "/health")]
async fn health() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, health))]
struct Api;

fn main() {
    let _: axum::Router = Api::router();
    assert!(Tier::Plus.allows(Tier::Free));
}
