//! What the tests of sources share: servers of their own, a proxy that fails on demand, and stores.
//!
//! The servers are PostgreSQL and Redis, started on free ports of the loopback device and ended with
//! the tests. Where they are not installed, a plain `cargo test` says what it did not run; with
//! `TIERGATE_SERVERS=1` that is a failure.
// These are tests: what goes wrong should end them.
#![allow(clippy::missing_panics_doc, clippy::missing_errors_doc)]

pub mod cad;
pub mod notes;
pub mod proxy;
pub mod servers;
pub mod stores;

/// What the callers of these tests subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// Rank 0.
    Free = 0,
    /// Rank 3.
    Plus = 3,
    /// Rank 4.
    Pro = 4,
}
