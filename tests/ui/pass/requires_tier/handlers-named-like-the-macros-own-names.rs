use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Free, get = "/table")]
async fn table() {}

#[requires_tier(Free, get = "/router")]
async fn router() {}

#[requires_tier(Free, get = "/twin")]
async fn twin_0() {}

#[requires_tier(Free, get = "/endpoint")]
async fn endpoint() {}

#[requires_tier(Free, get = "/included")]
async fn included() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(table, router, twin_0, endpoint, included))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = u8, include(Others))]
struct Stateful;

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = u8, handlers(table, router))]
struct Others;

fn main() {
    let _: axum::Router = Api::router();
    let _: axum::Router = Stateful::router().with_state(1);
    assert_eq!(Api::ENDPOINTS[1].name(), "router");
}
