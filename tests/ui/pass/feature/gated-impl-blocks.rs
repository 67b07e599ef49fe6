//! Add-ons for the functions of `impl` blocks.
#![deny(unused)]

use tiergate::{Catalogue, FeatureRule, requires_feature, requires_tier};

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
}

struct Dispatch<T>(T);

#[tiergate::gated]
impl<T: Copy> Dispatch<T> {
    const LIMIT: usize = { 1 };

    #[requires_feature(Radio, post = "/transmit")]
    fn transmit(&self, text: &str) -> usize {
        text.len() + Self::LIMIT
    }

    #[requires_feature(Feature::BodyCam, guard = pass)]
    #[must_use]
    fn watch(self) -> T {
        let _ = pass.tier();
        self.0
    }

    #[requires_tier(Plus, or_feature = Radio, get = "/listen")]
    fn listen(&self) {}
}

struct Only;

#[tiergate::gated]
impl Only {
    #[tiergate::requires_feature(Radio)]
    fn radio() {}
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(Dispatch::<u8>::transmit, Dispatch::<u8>::watch, Dispatch::<u8>::listen, Only::radio)
)]
struct Api;

fn main() {
    let needs: Vec<_> = Api::ENDPOINTS
        .iter()
        .map(|endpoint| endpoint.need().unwrap())
        .map(|need| (need.required_tier(), need.feature_rule(), need.feature_key()))
        .collect();
    assert_eq!(
        needs,
        [
            (None, FeatureRule::FeatureOnly, Some("radio")),
            (None, FeatureRule::FeatureOnly, Some("body_cam")),
            (Some("Plus"), FeatureRule::OrTier, Some("radio")),
            (None, FeatureRule::FeatureOnly, Some("radio")),
        ]
    );
    let _ = (Dispatch(1_u8).0, Tier::Free);
}
