//! The parts that tests of sources share: servers, a proxy that fails on demand, and stores.
//!
//! The servers are PostgreSQL and Redis. They listen on free ports of the loopback interface and end
//! with the tests. If they aren't installed, a plain `cargo test` reports the skipped tests. With
//! `TIERGATE_SERVERS=1`, that is a failure.
// Errors should end a test.
#![allow(clippy::missing_panics_doc, clippy::missing_errors_doc)]

pub mod cad;
pub mod client;
pub mod notes;
pub mod proxy;
pub mod quota;
pub mod reference_limiter;
pub mod servers;
pub mod stores;

/// The tiers of the callers in these tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// Rank 0.
    Free = 0,
    /// Rank 3.
    Plus = 3,
    /// Rank 4.
    Pro = 4,
}
