//! Names that the user's modules have too: a module in a module of its own name, and a second enum
//! `Tier` beside a handler.
#![deny(warnings)]

use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

mod users {
    use tiergate::requires_tier;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
    pub enum Tier {
        Basic,
    }

    pub mod users {
        #[tiergate::requires_tier(crate::Tier::Plus, get = "/users")]
        pub fn list() {}

        #[tiergate::requires_tier(public = "it is no secret", get = "/users/count")]
        pub fn count() {}
    }

    #[requires_tier(crate::Tier::Free, get = "/me")]
    pub fn me() {}

    #[requires_tier(Basic, get = "/basic")]
    pub fn basic() {}
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(users::me, users::users::list, crate::users::users::count))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = users::Tier, handlers(self::users::basic))]
struct Basic;

// Open handlers, by each way to write their module.
mod outer {
    use tiergate::{Catalogue, requires_tier};

    #[requires_tier(public = "a", get = "/a")]
    pub fn a() {}

    pub mod inner {
        #[tiergate::requires_tier(public = "b", get = "/b")]
        pub fn b() {}
    }

    pub mod beside {
        use super::inner;
        use tiergate::Catalogue;

        #[derive(Catalogue)]
        #[catalogue(
            tier = crate::Tier,
            handlers(super::a, inner::b, self::c, crate::open),
        )]
        pub struct Beside;

        #[tiergate::requires_tier(public = "c", get = "/c")]
        pub fn c() {}
    }

    #[derive(Catalogue)]
    #[catalogue(tier = crate::Tier, handlers(a, self::inner::b, self::super::open))]
    pub struct Outer;
}

#[requires_tier(public = "d", get = "/d")]
fn open() {}

// The handler whose name and tier are those of another's hidden types.
#[requires_tier(Plus)]
fn export() {}

#[requires_tier(Plus)]
#[allow(non_snake_case)]
fn export_Plus() {}

fn main() {
    assert_eq!(Api::ENDPOINTS.len(), 3);
    assert_eq!(Api::ENDPOINTS[0].required_tier(), Some("Free"));
    assert_eq!(Basic::ENDPOINTS[0].required_tier(), Some("Basic"));
    assert_eq!(outer::Outer::ENDPOINTS.len(), 3);
    assert_eq!(outer::beside::Beside::ENDPOINTS.len(), 4);
    for tier in [Tier::Free, Tier::Plus] {
        let guard = tiergate::Guard::check(tier);
        assert_eq!(guard.map(export).is_ok(), tier == Tier::Plus);
        let guard = tiergate::Guard::check(tier);
        assert_eq!(guard.map(export_Plus).is_ok(), tier == Tier::Plus);
    }
}
