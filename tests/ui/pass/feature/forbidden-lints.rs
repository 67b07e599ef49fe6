//! Lints that nothing may allow again.
#![forbid(unsafe_code, missing_docs, unused, nonstandard_style, unreachable_pub, deprecated)]

use tiergate::{Catalogue, requires_feature, requires_tier};

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
    #[deprecated = "no longer sold"]
    Pager,
    BodyCam,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, feature = BodyCam, until_version(2, Free), enforced = Free)]
async fn units() {}

#[requires_feature(Radio)]
#[deprecated]
async fn radio() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, radio))]
struct Api;

fn main() {
    assert_eq!(Api::ENDPOINTS[0].required_feature(), Some("body_cam"));
    assert!(Api::ENDPOINTS[1].is_deprecated());
    assert_eq!(Feature::ALL.len(), 3);
    assert_eq!(Feature::Radio.name(), "Radio");
    assert!(Feature::from_key("pager").is_some());
}
