//! A crate that lets nothing pass.
#![deny(missing_docs, unused, warnings, nonstandard_style, future_incompatible)]
#![deny(rust_2018_idioms, rust_2021_compatibility, keyword_idents, let_underscore)]
#![deny(missing_copy_implementations, missing_debug_implementations, unreachable_pub)]
#![deny(unused_qualifications, unused_lifetimes, unused_import_braces, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, variant_size_differences, unit_bindings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

use tiergate::{Catalogue, Guard, requires_tier};

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

#[requires_tier(Plus, get = "/documented/by/the/macro")]
pub async fn undocumented() {}

/// Takes as many parameters as clippy allows.
#[requires_tier(Plus)]
pub fn seven(one: u8, two: u8, three: u8, four: u8, five: u8, six: u8, seven: u8) -> u8 {
    one + two + three + four + five + six + seven
}

/// Asks the guard.
#[requires_tier(Free, guard = pass)]
pub fn ask() -> &'static str {
    pass.tier().name()
}

/// Is open.
#[requires_tier(public = "all may", get = "/health")]
pub async fn health() {}

/// The catalogue.
#[derive(Catalogue, Clone, Copy, Debug)]
#[catalogue(tier = Tier, handlers(undocumented, seven, ask, health))]
pub struct Api;

/// The catalogue of what axum serves.
#[derive(Catalogue, Clone, Copy, Debug)]
#[catalogue(tier = Tier, state = (), handlers(undocumented, health))]
pub struct Served;

/// Everything.
#[derive(Catalogue, Clone, Copy, Debug)]
#[catalogue(tier = Tier)]
pub struct Everything;

fn main() {
    let guard = Guard::check(Tier::Plus).expect("Plus allows Plus");
    assert_eq!(seven(guard, 1, 2, 3, 4, 5, 6, 7), 28);
    assert_eq!(Api::ENDPOINTS.len(), Everything::endpoints().len());
    drop(Served::router());
}
