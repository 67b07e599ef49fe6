//! Handlers that require only an add-on, in every form of function.
use tiergate::{Catalogue, FeatureRule, Gated, Guard, requires_feature};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free = 4,
    Plus,
}

/// Transmits a text.
#[requires_feature(BodyCam, post = "/radio/{channel}", name = "send", guard = pass)]
async fn transmit<T: Into<String> + Send>(text: T) -> String {
    let _ = pass.tier();
    text.into()
}

#[requires_feature(Feature::Radio)]
fn listen() -> u8 {
    1
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(transmit::<String>, listen))]
struct Api;

fn lowest<E: Gated<Tier = Tier>, R>(_handler: impl Fn(Guard<E>) -> R) -> Tier {
    E::REQUIRED
}

fn main() {
    let endpoint = Api::ENDPOINTS[0];
    assert_eq!((endpoint.name(), endpoint.summary()), ("send", "Transmits a text."));
    assert_eq!(endpoint.to_string(), "`send` (POST /radio/{channel})");
    assert!(!endpoint.is_public());
    assert_eq!((endpoint.required_tier(), endpoint.required_rank()), (None, None));
    assert_eq!(endpoint.required_feature(), Some("body_cam"));
    let need = endpoint.need().unwrap();
    assert_eq!((need.required_tier(), need.feature_rule()), (None, FeatureRule::FeatureOnly));
    assert_eq!((need.feature_key(), need.versions().count()), (Some("body_cam"), 0));
    assert_eq!(need.enforced_tier(), None);
    assert_eq!(Api::ENDPOINTS[1].need().unwrap().feature_key(), Some("radio"));
    assert_eq!(lowest(listen), Tier::Free);
}
