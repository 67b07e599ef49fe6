use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, get = "/above")]
#[tracing::instrument]
async fn below(number: u32) -> u32 {
    number
}

#[tracing::instrument(skip(secret))]
#[requires_tier(Plus, get = "/below")]
async fn above(secret: String) -> usize {
    secret.len()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(below, above))]
struct Api;

#[tokio::main]
async fn main() {
    assert_eq!(below(Guard::check(Tier::Plus).unwrap(), 3).await, 3);
    assert_eq!(above(Guard::check(Tier::Plus).unwrap(), "abc".to_owned()).await, 3);
    assert_eq!(Api::ENDPOINTS.len(), 2);
}
