//! Every option of `#[requires_tier(…)]`, alone and combined.
use tiergate::{Catalogue, FeatureRule, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Plus,
    Pro = 7,
}

#[requires_tier(Plus, feature = Radio, get = "/and")]
async fn and() {}

#[requires_tier(Plus, or_feature = BodyCam, get = "/or")]
async fn or() {}

#[requires_tier(Pro, until_version(2, Free), until_version(3, Plus), get = "/versions")]
async fn versions() {}

#[requires_tier(Plus, enforced = Free, get = "/enforced")]
async fn enforced() {}

#[requires_tier(
    until_version(1, Plus),
    enforced = Tier::Free,
    get = "/all",
    Tier::Pro,
    or_feature = Feature::BodyCam,
    until_version(4_000_000_000, Tier::Free),
)]
async fn all() {}

#[requires_tier(Plus, get = "/plain")]
async fn plain() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(and, or, versions, enforced, all, plain))]
struct Api;

fn main() {
    let need = |index: usize| Api::ENDPOINTS[index].need().unwrap();
    let and = need(0);
    assert_eq!(and.required_tier(), Some("Plus"));
    assert_eq!(and.feature_rule(), FeatureRule::AndTier);
    assert_eq!((and.feature_key(), and.feature_name()), (Some("radio"), Some("Radio")));
    assert_eq!((and.versions().count(), and.enforced_tier()), (0, None));
    let or = need(1);
    assert_eq!((or.required_tier(), or.feature_rule()), (Some("Plus"), FeatureRule::OrTier));
    assert_eq!(or.feature_key(), Some("body_cam"));
    let versions = need(2);
    assert_eq!((versions.required_rank(), versions.feature_key()), (Some(7), None));
    assert_eq!(versions.feature_rule(), FeatureRule::NoFeature);
    assert_eq!(versions.versions().collect::<Vec<_>>(), [(2, "Free"), (3, "Plus")]);
    let enforced = need(3);
    assert_eq!((enforced.required_tier(), enforced.enforced_tier()), (Some("Plus"), Some("Free")));
    let all = need(4);
    assert_eq!((all.required_tier(), all.feature_rule()), (Some("Pro"), FeatureRule::OrTier));
    assert_eq!(all.feature_key(), Some("body_cam"));
    assert_eq!(all.versions().collect::<Vec<_>>(), [(1, "Plus"), (4_000_000_000, "Free")]);
    assert_eq!(all.enforced_tier(), Some("Free"));
    let plain = need(5);
    assert_eq!((plain.required_tier(), plain.feature_rule()), (Some("Plus"), FeatureRule::NoFeature));
    assert_eq!((plain.feature_key(), plain.versions().count(), plain.enforced_tier()), (None, 0, None));
    let _: axum::Router = Api::router();
}
