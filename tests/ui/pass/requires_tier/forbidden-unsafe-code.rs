#![forbid(unsafe_code)]

use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units))]
struct Api;

fn main() {
    assert_eq!(tiergate::registry(), Api::ENDPOINTS);
}
