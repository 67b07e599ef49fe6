//! Enums and handlers in a function's body.
use tiergate::{Catalogue, requires_feature, requires_tier};

fn main() {
    #[derive(Clone, Copy, tiergate::Feature)]
    enum Feature {
        Radio,
    }

    #[derive(Clone, Copy, tiergate::Tier)]
    #[tier(features = Feature)]
    enum Tier {
        Free,
        Plus,
    }

    #[requires_tier(Plus, feature = Radio, until_version(3, Free), enforced = Tier::Free)]
    fn both() {}

    #[requires_feature(Feature::Radio)]
    fn only() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(both, only))]
    struct Api;

    assert_eq!(Api::ENDPOINTS[0].need().unwrap().versions().collect::<Vec<_>>(), [(3, "Free")]);
    assert_eq!(Api::ENDPOINTS[1].need().unwrap().feature_key(), Some("radio"));
}
