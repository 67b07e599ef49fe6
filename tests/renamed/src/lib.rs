//! `tiergate` under another name, and through a re-export.

/// What a framework of one's own would offer.
pub mod framework {
    pub use gate as tiers;
}

/// Everything with the crate's new name.
pub mod renamed {
    use gate::{Catalogue, requires_tier};

    /// The tiers.
    #[derive(Clone, Copy, Debug, PartialEq, gate::Tier)]
    #[tier(crate = gate)]
    pub enum Tier {
        /// The first.
        Free,
        /// The second.
        Plus,
    }

    /// Lists the units.
    #[requires_tier(Plus, get = "/units", crate = gate)]
    pub async fn units() {}

    /// Is open.
    #[requires_tier(public = "all may", get = "/health", crate = ::gate)]
    pub async fn health() {}

    /// What is listed.
    #[derive(Catalogue)]
    #[catalogue(tier = Tier, crate = gate, handlers(units, health))]
    pub struct Api;
}

/// Everything through a re-export.
pub mod reexported {
    use crate::framework::tiers::{Catalogue, requires_tier};

    /// The tiers.
    #[derive(Clone, Copy, Debug, PartialEq, crate::framework::tiers::Tier)]
    #[tier(crate = crate::framework::tiers)]
    pub enum Tier {
        /// The first.
        Free,
        /// The second.
        Plus,
    }

    /// Lists the calls.
    #[requires_tier(Plus, get = "/calls", crate = crate::framework::tiers)]
    pub async fn calls() {}

    /// Everything.
    #[derive(Catalogue)]
    #[catalogue(tier = Tier, crate = crate::framework::tiers)]
    pub struct Api;
}

pub mod lints;

#[cfg(test)]
mod tests {
    use super::{reexported, renamed};
    use gate::Catalogue;

    #[test]
    fn a_renamed_crate_works() {
        assert_eq!(renamed::Api::ENDPOINTS.len(), 2);
        assert_eq!("plus".parse(), Ok(renamed::Tier::Plus));
        // The router is there too.
        let _ = renamed::Api::router::<()>();
    }

    #[test]
    fn a_reexported_crate_works() {
        let names = reexported::Api::endpoints()
            .iter()
            .map(gate::Endpoint::name);
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["synchronous", "open", "open_method", "calls", "health"]
        );
    }
}
