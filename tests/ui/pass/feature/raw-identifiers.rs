//! Names that are keywords.
#![allow(non_camel_case_types)]

use tiergate::{Catalogue, requires_feature, requires_tier};

#[derive(Clone, Copy, tiergate::Feature)]
pub enum r#enum {
    r#type,
    r#match,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = r#enum)]
pub enum Tier {
    r#fn,
    r#mod,
    r#pub,
}

#[requires_tier(r#pub, feature = r#match, until_version(2, r#fn), enforced = Tier::r#mod)]
fn r#impl() {}

#[requires_feature(r#enum::r#type)]
fn r#for() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(r#impl, r#for))]
struct Api;

fn main() {
    let need = Api::ENDPOINTS[0].need().unwrap();
    assert_eq!((need.required_tier(), need.feature_key()), (Some("pub"), Some("match")));
    assert_eq!(need.versions().collect::<Vec<_>>(), [(2, "fn")]);
    assert_eq!(need.enforced_tier(), Some("mod"));
    assert_eq!(Api::ENDPOINTS[1].need().unwrap().feature_name(), Some("type"));
}
