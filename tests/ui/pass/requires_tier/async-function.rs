use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, get = "/double/{number}")]
async fn double(number: u32) -> u32 {
    std::future::ready(number * 2).await
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(double))]
struct Api;

#[tokio::main]
async fn main() {
    assert_eq!(double(Guard::check(Tier::Pro).unwrap(), 4).await, 8);
    assert_eq!(Api::ENDPOINTS[0].path(), Some("/double/{number}"));
}
