#![no_implicit_prelude]

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Feature)]
pub enum Feature {
    Radio,
    #[add_on(name = "Body camera")]
    BodyCam,
}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Plus,
}

#[::tiergate::requires_tier(Plus, feature = BodyCam, until_version(2, Free), enforced = Tier::Free)]
async fn watch() {}

#[::tiergate::requires_feature(Feature::Radio, get = "/radio")]
async fn radio() {}

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(watch, radio))]
pub struct Api;

fn main() {
    let need = Api::ENDPOINTS[0].need();
    let name = need.and_then(|need| need.feature_name());
    ::std::assert_eq!(name, ::std::option::Option::Some("Body camera"));
    ::std::assert_eq!(Api::ENDPOINTS[1].required_feature(), ::std::option::Option::Some("radio"));
    ::std::assert!(Feature::from_key("radio").is_some());
}
