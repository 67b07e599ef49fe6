//! What generated code might name, all taken by the user.
#![allow(non_camel_case_types, dead_code, non_upper_case_globals, non_snake_case)]
#![no_implicit_prelude]

pub struct Option;
pub struct Result;
pub struct str;
pub struct u32;
pub struct usize;
pub struct bool;
pub struct Self_;
pub struct Endpoint;
pub struct Handler;
pub struct EventRecords;
pub struct Event;
pub struct Caller<const N: u8>;
pub struct Cleared;
pub struct Denied;
pub struct Overrides;
pub struct FanOut;
pub struct EventLists;
pub trait Into {}
pub trait Fn {}
pub const Some: () = ();
pub const None: () = ();
pub const Ok: () = ();
pub const RECORDS: () = ();
pub const RECORD: () = ();
pub const EVENTS: () = ();
pub const EVENT_LISTS: () = ();
pub const EVENT_COUNT: () = ();
pub const names: () = ();
pub mod core {}
pub mod std {}
pub mod tiergate {}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Tier)]
pub enum Tier {
    None,
    u32,
    r#type,
}

#[derive(::tiergate::Event)]
#[event(u32, until_version(2, None), enforced = None)]
pub struct unit<R, caller>(R, caller);

#[derive(::tiergate::Event)]
#[event(r#type)]
pub enum Tier_ {
    Endpoint,
    Tier { cleared: () },
    Some(()),
    r#struct,
}

#[derive(::tiergate::Event)]
#[event(Tier::None)]
pub struct Api_<'R, T, const N: u8>(&'R T);

#[derive(::tiergate::Event)]
#[event(Tier::None)]
pub struct R;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, events(Tier_, Api_<'_, u32, 3>, self::R))]
pub struct Api;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier)]
pub struct Everything;

fn main() {
    ::core::assert_eq!(Api::EVENTS.len(), 6);
    ::core::assert_eq!(<Everything as ::tiergate::Catalogue>::events().len(), 7);
    ::core::assert_eq!(Api::EVENTS[0].required_tier(), ::core::option::Option::Some("type"));
    ::core::assert!(unit((), ()).cleared_for(Tier::r#type).is_ok());
    ::core::assert!(Tier_::Some(()).cleared_for(Tier::r#u32).is_err());
}
