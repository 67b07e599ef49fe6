//! Endpoints without a function, of every visibility and of two tier enums.
#![deny(missing_docs, unused, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use tiergate::Catalogue;

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

/// Another product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Plan {
    /// The only one.
    Only,
}

/// The declarations.
pub mod endpoints {
    use super::{Plan, Tier};

    tiergate::endpoint! {
        /// Public.
        pub new_call(Plus, post = "/dispatch.Dispatch/NewCall");
        /// Named by hand, with a comma at the end.
        #[doc(alias = "incidents")]
        pub(crate) calls(Tier::Free, name = "list", post = "/dispatch.Dispatch/Calls",);
        /// Open.
        pub(super) health(public = "health checks have no account", get = "/health");
        unlisted(Plan::Only);
    }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(endpoints::new_call, endpoints::calls, endpoints::health))]
struct Api;

fn main() {
    assert_eq!(Api::ENDPOINTS[1].name(), "list");
    assert_eq!(Api::find("GET", "/health").unwrap().summary(), "Open.");
}
