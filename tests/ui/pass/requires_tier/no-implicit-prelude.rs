#![no_implicit_prelude]

#[derive(::core::clone::Clone, ::core::marker::Copy, ::tiergate::Tier)]
pub enum Tier {
    Free,
    #[tier(name = "Plus!")]
    Plus,
}

#[::tiergate::requires_tier(Plus, get = "/units/{id}", guard = pass)]
async fn unit(id: ::axum::extract::Path<u32>) -> ::std::string::String {
    let _ = pass.tier();
    ::std::string::ToString::to_string(&id.0)
}

#[::tiergate::requires_tier(public = "all may", get = "/health")]
async fn health() {}

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(unit, health))]
pub struct Api;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, state = (), include(Stateful))]
pub struct Outer;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(unit, health))]
pub struct Stateful;

#[derive(::tiergate::Catalogue)]
#[catalogue(tier = Tier)]
pub struct Registered;

fn main() {
    let _: ::axum::Router = Api::router();
    let _: ::axum::Router = Outer::router();
    ::std::assert_eq!(Api::ENDPOINTS.len(), 2);
    ::std::assert_eq!(<Registered as ::tiergate::Catalogue>::endpoints().len(), 2);
    ::std::assert!(Tier::from_name("plus!").is_ok());
}
