//! A crate that lets nothing pass.
#![deny(missing_docs, unused, warnings, nonstandard_style, future_incompatible)]
#![deny(rust_2018_idioms, rust_2021_compatibility, keyword_idents, let_underscore)]
#![deny(missing_copy_implementations, missing_debug_implementations, unreachable_pub)]
#![deny(unused_qualifications, unused_lifetimes, unused_import_braces, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, variant_size_differences, unit_bindings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

use tiergate::{Catalogue, requires_feature, requires_tier};

/// The add-ons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Feature)]
pub enum Feature {
    /// A radio.
    Radio,
    /// A camera.
    #[add_on(name = "Body camera")]
    BodyCam,
}

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
    /// The third.
    Pro,
}

#[requires_feature(Radio, get = "/documented/by/the/macro")]
pub async fn undocumented() {}

/// Has every option.
#[requires_tier(Pro, or_feature = Radio, until_version(2, Free), until_version(3, Tier::Plus), enforced = Plus)]
pub fn every_option() {}

/// Has paths.
#[requires_tier(Tier::Pro, feature = Feature::BodyCam, enforced = Tier::Free)]
pub fn with_paths() {}

/// The catalogue.
#[derive(Catalogue, Clone, Copy, Debug)]
#[catalogue(tier = Tier, handlers(undocumented, every_option, with_paths))]
pub struct Api;

fn main() {
    assert_eq!(Api::ENDPOINTS[0].required_feature(), Some("radio"));
    assert_eq!(Api::ENDPOINTS[2].required_feature(), Some("body_cam"));
}
