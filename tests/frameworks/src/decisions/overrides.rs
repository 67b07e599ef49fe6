//! The overrides of the rows.

use crate::Tier;
use std::time::{Duration, SystemTime};
use tiergate::{Endpoint, Override};

/// Returns the time at which every decision is made: the start of December 2025.
pub fn at() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(490_152)
}

/// Returns the time one second later.
pub fn second_after(time: SystemTime) -> SystemTime {
    time + Duration::from_secs(1)
}

/// Returns the time one hour after [`at`].
pub fn hour() -> SystemTime {
    at() + Duration::from_hours(1)
}

/// An endpoint's name, and what an override does to it.
pub type Entry = (&'static str, fn(Endpoint) -> Override<Tier>);

/// All overrides of the rows.
pub const TABLE: &[Entry] = &[
    ("closed", |endpoint| Override::close(endpoint)),
    ("closed", |endpoint| grant(endpoint).until(hour())),
    ("closed", |endpoint| {
        Override::require(endpoint, Tier::Free).until(hour())
    }),
    ("closed_until", |endpoint| {
        Override::close(endpoint).until(at() + Duration::from_millis(90_500))
    }),
    ("reopened", |endpoint| Override::close(endpoint).until(at())),
    ("granted", |endpoint| {
        grant(endpoint).until(second_after(at()))
    }),
    ("grant_ended", |endpoint| grant(endpoint).until(at())),
    ("promoted", |endpoint| {
        Override::require(endpoint, Tier::Free).until(second_after(at()))
    }),
    ("promotion_ended", |endpoint| {
        Override::require(endpoint, Tier::Free).until(at())
    }),
    ("raised", |endpoint| {
        Override::require(endpoint, Tier::Pro).until(hour())
    }),
    ("raised_granted", |endpoint| {
        Override::require(endpoint, Tier::Pro).until(hour())
    }),
    ("raised_granted", |endpoint| grant(endpoint).until(hour())),
    ("observed", |endpoint| {
        Override::observe(endpoint, Tier::Pro).until(hour())
    }),
    ("observed_lower", |endpoint| {
        Override::observe(endpoint, Tier::Free).until(hour())
    }),
    ("camera_granted", |endpoint| grant(endpoint).until(hour())),
    ("camera_raised", |endpoint| {
        Override::require(endpoint, Tier::Plus).until(hour())
    }),
    ("camera_closed", |endpoint| Override::close(endpoint)),
    ("and_camera_promoted", |endpoint| {
        Override::require(endpoint, Tier::Free).until(hour())
    }),
    ("or_camera_raised", |endpoint| {
        Override::require(endpoint, Tier::Pro).until(hour())
    }),
    ("versions_raised", |endpoint| {
        Override::require(endpoint, Tier::Plus).until(hour())
    }),
];

fn grant(endpoint: Endpoint) -> Override<Tier> {
    Override::grant("customer-7", endpoint)
        .by("support")
        .because("a \"promise\"")
}

/// Returns the overrides of [`TABLE`] for these endpoints.
///
/// # Panics
/// If an endpoint is missing.
pub fn table(endpoints: &[Endpoint]) -> Vec<Override<Tier>> {
    let entries = TABLE.iter();
    let entries = entries.map(|(name, entry)| entry(endpoint_named(endpoints, name)));
    entries.collect()
}

/// Returns overrides that close these endpoints.
pub fn closing_everything(endpoints: &[Endpoint]) -> Vec<Override<Tier>> {
    endpoints
        .iter()
        .map(|endpoint| Override::close(*endpoint))
        .collect()
}

/// Returns overrides that observe the tier Pro at these endpoints.
pub fn observing_everything(endpoints: &[Endpoint]) -> Vec<Override<Tier>> {
    let endpoints = endpoints.iter();
    endpoints
        .map(|endpoint| Override::observe(*endpoint, Tier::Pro).until(hour()))
        .collect()
}

/// Returns the endpoint with this name.
///
/// # Panics
/// If there is none.
pub fn endpoint_named(endpoints: &[Endpoint], name: &str) -> Endpoint {
    let found = endpoints.iter().find(|endpoint| endpoint.name() == name);
    *found.expect("an endpoint for each override")
}
