//! What generated code might name, all taken by the user.
#![allow(non_camel_case_types, dead_code, non_upper_case_globals, non_snake_case)]
#![no_implicit_prelude]

pub struct Option;
pub struct str;
pub struct u32;
pub struct bool;
pub struct LimitsRecord;
pub struct PolicyRecord;
pub struct WindowRecord;
pub struct Tiers;
pub const Some: () = ();
pub const None: () = ();
pub const limit: () = ();
pub const cost: () = ();
pub const policy_0: () = ();
pub const policies: () = ();
pub const variant: () = ();
pub const ENDPOINTS: () = ();
pub mod core {}
pub mod std {}
pub mod tiergate {}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Tier)]
pub enum Tier {
    limit,
    None,
    u32,
    r#type,
}

#[::tiergate::requires_tier(
    Tier::limit,
    limit(limit = "1/day", None = "2/day", Tier::u32 = "3/day", r#type = "unlimited"),
    cost = 2
)]
fn unit() {}

#[::tiergate::requires_tier(None, limit = "1/day")]
fn other() {}

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(unit), quota(limit = "2/day", Tier::None = "3/day", r#type = "4/day"))]
pub struct Api;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, quota(limit = "2/day"))]
pub struct Everything;

fn main() {
    let endpoint = Api::ENDPOINTS[0];
    let limits = endpoint.limits().unwrap();
    ::core::assert_eq!(
        ::std::format!("{limits:?}"),
        "[Policy(limit = \"1/day\"), Policy(None = \"2/day\"), Policy(u32 = \"3/day\"), Policy(type = \"unlimited\")]"
    );
    ::core::assert_eq!(endpoint.cost(), 2);
    ::core::assert!(<Everything as ::tiergate::Catalogue>::quota().is_some());
}
