//! Limits on every form of handler.
#![deny(warnings, clippy::pedantic)]

use tiergate::{Catalogue, endpoint, gated, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

endpoint! {
    declared(Free, limit(Free = "1/day", Plus = "2/day"), cost = 2);
}

#[requires_tier(Free, guard = pass, limit = "1/day")]
fn generic<'a, T: Into<String>>(name: &'a str, other: T) -> String
where
    T: Clone,
{
    let _ = pass;
    format!("{name}{}", other.into())
}

#[cfg_attr(all(), requires_tier(Free, limit = "1/day"))]
async fn by_cfg_attr() {}

#[requires_tier(Free, limit(Missing = "1/day"))]
#[cfg(any())]
fn absent() {}

#[requires_tier(Free, limit(Free = "1/day", Plus = "2/day"))]
#[cfg_attr(any(), deprecated)]
fn perhaps_deprecated() {}

#[requires_tier(Free, limit(Free = "1/day", Plus = "2/day"))]
#[deprecated]
fn old() {}

struct Dispatch<T>(T);

#[gated]
impl<T: Copy> Dispatch<T> {
    #[requires_tier(Free, limit(Free = "1/day", Plus = "2/day"))]
    fn call(&self) -> T {
        self.0
    }

    #[requires_tier(Plus, cost = 2)]
    fn create(value: T) -> Self {
        Self(value)
    }
}

mod inner {
    use super::Tier as Plan;
    use tiergate as gate;

    #[gate::requires_tier(Plan::Plus, limit(Plan::Plus = "1/day"), crate = gate)]
    pub(super) fn by_path() {}
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(declared))]
struct Declared;

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(
        generic::<String>,
        by_cfg_attr,
        perhaps_deprecated,
        old,
        Dispatch::<u8>::call,
        Dispatch::<u8>::create,
        inner::by_path,
    ),
    include(Declared),
    quota(Free = "2/day"),
)]
struct Api;

fn main() {
    #[requires_tier(Free, limit(Free = "1/day", Plus = "2/day"))]
    fn inside_a_function() {}

    inside_a_function(tiergate::Guard::check(Tier::Free).unwrap());
    let dispatch = Dispatch::create(tiergate::Guard::check(Tier::Plus).unwrap(), 3);
    assert_eq!(dispatch.call(tiergate::Guard::check(Tier::Free).unwrap()), 3);
    let limits = Api::ENDPOINTS.iter().map(|endpoint| endpoint.limits().is_some());
    assert_eq!(limits.filter(|limited| *limited).count(), 7);
    assert_eq!(Api::ENDPOINTS[7].cost(), 2);
}
