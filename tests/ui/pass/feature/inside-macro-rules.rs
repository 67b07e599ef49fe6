//! Options, enums and handlers from `macro_rules!` parameters.
use tiergate::{Catalogue, FeatureRule};

macro_rules! features {
    ($name:ident { $($variant:ident = $key:literal $text:literal),* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
        pub enum $name { $(#[add_on(key = $key, name = $text)] $variant),* }
    };
}

macro_rules! tiers {
    ($name:ident: $features:path { $($variant:ident),* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
        #[tier(features = $features)]
        pub enum $name { $($variant),* }
    };
}

macro_rules! handler {
    ($name:ident $tier:ident $feature:ident $version:literal $lower:ident) => {
        #[tiergate::requires_tier(
            $tier,
            feature = $feature,
            until_version($version, $lower),
            enforced = $lower
        )]
        fn $name() {}
    };
}

macro_rules! by_path {
    ($name:ident $tier:path, $feature:path, $version:literal, $lower:path, $enum:path) => {
        #[tiergate::requires_tier(
            $tier,
            or_feature = $feature,
            until_version($version, $lower),
            enforced = $lower
        )]
        fn $name() {}

        mod $name {
            use super::*;

            #[tiergate::requires_feature($feature, tier = $enum)]
            pub(super) fn only() {}
        }
    };
}

macro_rules! with_own_enum {
    ($name:ident) => {
        #[tiergate::requires_tier($crate::Tier::Pro, feature = $crate::Feature::Radio, enforced = $crate::Tier::Free)]
        fn $name() {}
    };
}

features!(Feature { Radio = "radio_1" "The radio", BodyCam = "cam" "A camera" });
tiers!(Tier: crate::Feature { Free, Plus, Pro });
handler!(bare Pro Radio 3 Plus);
by_path!(path Tier::Plus, Feature::BodyCam, 9, crate::Tier::Free, crate::Tier);
by_path!(short Pro, Radio, 1, Free, Tier);
with_own_enum!(own);

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(bare, path, path::only, short, short::only, own))]
struct Api;

fn main() {
    let needs: Vec<_> = Api::ENDPOINTS
        .iter()
        .map(|endpoint| endpoint.need().unwrap())
        .map(|need| {
            let versions: Vec<_> = need.versions().collect();
            (need.feature_rule(), need.feature_key().unwrap(), versions, need.enforced_tier())
        })
        .collect();
    assert_eq!(
        needs,
        [
            (FeatureRule::AndTier, "radio_1", vec![(3, "Plus")], Some("Plus")),
            (FeatureRule::OrTier, "cam", vec![(9, "Free")], Some("Free")),
            (FeatureRule::FeatureOnly, "cam", vec![], None),
            (FeatureRule::OrTier, "radio_1", vec![(1, "Free")], Some("Free")),
            (FeatureRule::FeatureOnly, "radio_1", vec![], None),
            (FeatureRule::AndTier, "radio_1", vec![], Some("Free")),
        ]
    );
}
