//! Long-lived connections end when the subscription no longer allows them, and no earlier.
//!
//! Most tests use the paused clock of tokio.

mod changes;
mod connections;
mod lookups;
mod races;
mod sockets;
