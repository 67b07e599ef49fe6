//! Public items in a crate that denies every lint of clippy. `cargo clippy` fails if generated code
//! triggers one that the user cannot avoid.
#![deny(
    clippy::all,
    clippy::cargo,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction
)]
#![allow(
    clippy::arbitrary_source_item_ordering,
    clippy::blanket_clippy_restriction_lints,
    clippy::implicit_return,
    clippy::missing_inline_in_public_items,
    clippy::pub_with_shorthand,
    clippy::single_call_fn,
    clippy::unused_trait_names,
    reason = "about what this file writes itself"
)]

use gate::{Catalogue, Denied, Guard, requires_tier};

/// The tiers.
#[derive(Clone, Copy, Debug, gate::Tier)]
#[tier(crate = gate)]
#[non_exhaustive]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

/// A handler.
#[requires_tier(Plus, crate = gate, get = "/strict")]
pub async fn gated() {}

/// A handler.
///
/// # Errors
/// If the caller's tier is too low.
#[requires_tier(Plus, crate = gate, get = "/strict/guard", guard = pass)]
pub async fn with_guard(id: String) -> Result<(), Denied> {
    drop(id);
    pass.require(Tier::Plus)
}

/// As many parameters as clippy allows, in some builds.
#[requires_tier(Plus, crate = gate)]
#[must_use]
pub fn seven(
    one: u8,
    two: u8,
    three: u8,
    four: u8,
    five: u8,
    six: u8,
    #[cfg(not(windows))] seven: u8,
) -> [u8; 7] {
    [one, two, three, four, five, six, seven]
}

/// A handler that is not asynchronous.
#[requires_tier(public = "all may", crate = gate)]
#[must_use]
#[cfg_attr(windows, deprecated)]
pub fn synchronous() -> u8 {
    7
}

/// An open handler.
#[requires_tier(public = "all may", crate = gate, get = "/strict/open")]
pub async fn open() {}

/// A service.
#[derive(Debug)]
#[non_exhaustive]
pub struct Dispatch;

#[gate::gated]
impl Dispatch {
    /// A method.
    #[requires_tier(Plus, crate = gate, get = "/strict/method")]
    pub fn method(&self) {}

    /// An open method.
    #[requires_tier(public = "all may", crate = gate, get = "/strict/open-method")]
    pub fn open_method(&self) {}
}

gate::endpoint! {
    /// A declared endpoint.
    pub declared(Plus, get = "/strict/declared");
}

/// The catalogue.
#[derive(Debug, Catalogue)]
#[catalogue(tier = Tier, crate = gate, handlers(gated, with_guard, seven, synchronous, open, declared, Dispatch::method, Dispatch::open_method))]
#[non_exhaustive]
pub struct Api;

/// What axum serves.
#[derive(Debug, Catalogue)]
#[catalogue(tier = Tier, crate = gate, state = (), handlers(gated, open))]
#[non_exhaustive]
pub struct Served;

/// Everything.
#[derive(Debug, Catalogue)]
#[catalogue(tier = Tier, crate = gate)]
#[non_exhaustive]
pub struct Everything;

/// Uses it.
#[must_use]
pub fn check() -> bool {
    Guard::check(Tier::Plus).is_ok_and(|guard| {
        Dispatch.method(guard);
        true
    })
}
