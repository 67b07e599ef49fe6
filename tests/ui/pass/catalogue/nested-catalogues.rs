use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

macro_rules! module {
    ($module:ident $path:literal $state:ty) => {
        mod $module {
            use super::Tier;

            #[tiergate::requires_tier(Plus, get = $path)]
            pub async fn list() {}

            #[derive(tiergate::Catalogue)]
            #[catalogue(tier = Tier, state = $state, handlers(list))]
            pub struct Api;
        }
    };
}

module!(units "/units" u8);
module!(calls "/calls" u8);

#[requires_tier(public = "all may", get = "/health")]
async fn health() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = u8, include(units::Api, calls::Api), handlers(health))]
struct Inner;

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = u8, include(Inner))]
struct Api;

const _: () = assert!(Api::ENDPOINTS.len() == 3);

fn main() {
    let paths: Vec<_> = Api::endpoints().iter().filter_map(|endpoint| endpoint.path()).collect();
    assert_eq!(paths, ["/health", "/units", "/calls"]);
    let _: axum::Router = Api::router().with_state(1);
}
