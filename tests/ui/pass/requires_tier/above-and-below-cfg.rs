use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[cfg(all())]
#[requires_tier(Plus)]
fn above() {}

#[requires_tier(Plus)]
#[cfg(all())]
fn below() {}

#[cfg(any())]
#[requires_tier(Plus)]
fn gone_above(_: Missing) {}

#[requires_tier(Plus)]
#[cfg(any())]
fn gone_below(_: Missing) {}

#[requires_tier(public = "all may")]
#[cfg(any())]
fn gone_open(_: Missing) {}

#[requires_tier(Plus)]
#[cfg_attr(all(), inline)]
fn with_cfg_attr() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn main() {
    above(Guard::check(Tier::Plus).unwrap());
    below(Guard::check(Tier::Plus).unwrap());
    with_cfg_attr(Guard::check(Tier::Plus).unwrap());
    assert_eq!(Api::endpoints().len(), 3);
}
