use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier { Free, Plus }

pub mod routes {
    use super::Tier;
    #[tiergate::requires_tier(Plus, get = "/x")]
    pub async fn x() -> &'static str { "x" }
    #[tiergate::requires_tier(public = "open")]
    pub async fn health() -> &'static str { "ok" }
    #[tiergate::requires_tier(Plus, get = "/many")]
    pub async fn borrowed(s: &str) -> usize { s.len() }
}
use routes::x as renamed;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(renamed, routes::health, routes::borrowed, here))]
pub struct Api;

#[requires_tier(public = "all", get = "/here")]
async fn here() -> String { String::new() }

fn main() {
    assert_eq!(Api::ENDPOINTS.len(), 4);
    assert_eq!(Api::ENDPOINTS[1].name(), "health");
    let _ = Guard::check(Tier::Plus).map(routes::x);
}
