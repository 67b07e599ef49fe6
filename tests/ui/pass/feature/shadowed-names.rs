//! What generated code might name, all taken by the user.
#![allow(non_camel_case_types, dead_code, non_upper_case_globals, non_snake_case)]

pub struct Result;
pub struct Option;
pub struct String;
pub struct str;
pub struct u8;
pub struct u32;
pub struct usize;
pub struct bool;
pub struct Guard;
pub struct Need;
pub struct NeedRecord;
pub struct VersionRecord;
pub struct NoFeatures;
pub struct Features;
pub struct HasFeatures;
pub struct FeatureEnum;
pub struct Clone;
pub struct Copy;
pub const Some: () = ();
pub const None: () = ();
pub const Ok: () = ();
pub const Err: () = ();
pub const variant: () = ();
pub mod core {}
pub mod std {}
pub mod tiergate {}
pub mod serde {}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Feature)]
pub enum Feature {
    Some,
    None,
    Ok,
    Features,
}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Plus = 7,
    FeatureEnum,
}

#[::tiergate::requires_tier(
    FeatureEnum,
    or_feature = Some,
    until_version(2, Tier::Free),
    until_version(3, Plus),
    enforced = Plus
)]
fn unit() {}

#[::tiergate::requires_tier(Plus, feature = Feature::Features, enforced = Tier::Free)]
fn variant_named() {}

#[::tiergate::requires_feature(None)]
fn health() {}

::tiergate::endpoint! {
    declared(feature = Ok);
}

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(unit, variant_named, health, declared))]
pub struct Api;

fn main() {
    let keys = Api::ENDPOINTS.iter().map(::tiergate::Endpoint::required_feature);
    let keys: ::std::vec::Vec<_> = keys.flatten().collect();
    ::core::assert_eq!(keys, ["some", "features", "none", "ok"]);
    let need = Api::ENDPOINTS[0].need().unwrap();
    ::core::assert_eq!(need.versions().collect::<::std::vec::Vec<_>>(), [(2, "Free"), (3, "Plus")]);
    ::core::assert_eq!(need.enforced_tier(), ::core::option::Option::Some("Plus"));
    ::core::assert!(::core::matches!(Feature::from_key("none"), ::core::option::Option::Some(Feature::None)));
}
