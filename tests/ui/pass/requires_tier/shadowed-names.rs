//! What generated code might name, all taken by the user.
#![allow(non_camel_case_types, dead_code, non_upper_case_globals, non_snake_case)]

pub struct Result;
pub struct Option;
pub struct String;
pub struct Vec;
pub struct Box;
pub struct str;
pub struct u32;
pub struct usize;
pub struct bool;
pub struct i128;
pub struct Guard;
pub struct Endpoint;
pub struct Gated;
pub struct Denied;
pub struct Router;
pub struct Required;
pub struct Clone;
pub struct Copy;
pub struct From;
pub struct Iterator;
pub const Some: () = ();
pub const None: () = ();
pub const Ok: () = ();
pub const Err: () = ();
pub mod core {}
pub mod std {}
pub mod tiergate {}
pub mod linkme {}
pub mod serde {}
pub mod axum {}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Tier)]
pub enum Tier {
    Free,
    Plus = 7,
}

#[::tiergate::requires_tier(Plus, get = "/units/{id}")]
async fn unit(_id: ::axum::extract::Path<::core::primitive::u32>) -> &'static ::core::primitive::str {
    "unit"
}

#[::tiergate::requires_tier(public = "all may")]
fn health() {}

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(unit, health))]
pub struct Api;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, state = String2, handlers(unit))]
pub struct Stateful;

#[derive(::core::clone::Clone)]
pub struct String2;

fn main() {
    let _: ::axum::Router = Stateful::router().with_state(String2);
    ::core::assert!(Api::ENDPOINTS.len() == 2);
    ::core::assert!(::core::matches!(Tier::from_rank(7), ::core::result::Result::Ok(Tier::Plus)));
}
