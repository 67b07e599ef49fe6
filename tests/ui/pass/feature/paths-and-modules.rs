//! Tiers and add-ons in other modules, named by every kind of path.
use tiergate::{Catalogue, requires_feature, requires_tier};

pub mod plans {
    #[derive(Clone, Copy, tiergate::Feature)]
    pub enum AddOn {
        Radio,
        BodyCam,
    }

    #[derive(Clone, Copy, tiergate::Tier)]
    #[tier(features = super::plans::AddOn)]
    pub enum Plan {
        Basic,
        Gold,
    }
}

mod imported {
    pub use super::plans::{AddOn as Feature, Plan as Tier};
}

use imported::{Feature, Tier};
use plans::AddOn::BodyCam;

#[requires_tier(plans::Plan::Gold, feature = BodyCam, until_version(3, Basic), enforced = plans::Plan::Basic)]
fn bare() {}

#[requires_tier(Gold, feature = Feature::Radio)]
fn by_import() {}

#[requires_tier(Tier::Gold, or_feature = crate::plans::AddOn::BodyCam)]
fn absolute() {}

#[requires_feature(BodyCam, tier = plans::Plan)]
fn of_tier() {}

#[requires_feature(plans::AddOn::Radio, tier = self::imported::Tier, name = "r")]
fn both_by_path() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(bare, by_import, absolute, of_tier, both_by_path))]
struct Api;

fn main() {
    let _ = BodyCam;
    let keys: Vec<_> = Api::ENDPOINTS
        .iter()
        .map(|endpoint| (endpoint.required_tier(), endpoint.need().unwrap().feature_key()))
        .collect();
    assert_eq!(
        keys,
        [
            (Some("Gold"), Some("body_cam")),
            (Some("Gold"), Some("radio")),
            (Some("Gold"), Some("body_cam")),
            (None, Some("body_cam")),
            (None, Some("radio")),
        ]
    );
    let bare = Api::ENDPOINTS[0].need().unwrap();
    assert_eq!(bare.versions().collect::<Vec<_>>(), [(3, "Basic")]);
    assert_eq!(bare.enforced_tier(), Some("Basic"));
}
