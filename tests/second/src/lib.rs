//! A second crate: its handlers join the registry of the program that uses it.

/// The tiers that both crates share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

mod routes {
    use crate::Tier;
    use tiergate::requires_tier;

    /// Lists the units.
    #[requires_tier(Plus, get = "/second/units")]
    pub fn units() {}
}

pub use routes::units;

/// Open, and in no module.
#[tiergate::requires_tier(public = "all may", get = "/second/health")]
pub fn health() {}

/// Not used by anybody.
pub mod unreferenced {
    use crate::Tier;
    use tiergate::requires_tier;

    /// Nothing refers to this one but the registry.
    #[requires_tier(Plus, get = "/second/hidden")]
    pub fn hidden() {}
}

#[cfg(test)]
mod tests {
    use crate::Tier;
    use tiergate::{Catalogue, Endpoint, Guard};
    use tiergate_tests_second_user as user;

    #[derive(Catalogue)]
    #[catalogue(tier = Tier)]
    struct Everything;

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(crate::units, crate::health, crate::unreferenced::hidden))]
    struct Listed;

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(crate::units))]
    struct Incomplete;

    #[test]
    fn a_crate_that_is_linked_twice_is_listed_once() {
        user::call(user::HIGHEST).expect("the other copy of the crate is linked");
        let names = |endpoints: &[Endpoint]| {
            let mut names: Vec<_> = endpoints.iter().map(Endpoint::name).collect();
            names.sort_unstable();
            names
        };
        let all = ["health", "hidden", "units"];
        assert_eq!(names(tiergate::registry()), all);
        assert_eq!(names(Everything::endpoints()), all);
        assert_eq!(names(Listed::endpoints()), all);
        for endpoint in tiergate::registry() {
            assert!(Listed::endpoints().contains(endpoint), "{endpoint:?}");
        }
        Everything::audit().assert_clean();
        Listed::audit().assert_clean();
        Listed::audit().and(Everything::audit()).assert_clean();
        assert_eq!(Everything::available_to(Tier::Free).count(), 1);
        crate::units(Guard::check(Tier::Plus).expect("Plus"));
    }

    #[test]
    fn the_other_copy_hides_nothing_from_the_audit() {
        user::call(user::HIGHEST).expect("the other copy of the crate is linked");
        let audit = Incomplete::audit().to_string();
        let lines: Vec<_> = audit.lines().collect();
        assert_eq!(lines.len(), 2, "{audit}");
        assert!(
            audit.contains("`health` (GET /second/health) at "),
            "{audit}"
        );
        assert!(
            audit.contains("`hidden` (GET /second/hidden) at "),
            "{audit}"
        );
    }
}
