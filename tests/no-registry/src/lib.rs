//! An API as it could run on an edge worker, whose target, WebAssembly, has no link sections.
//!
//! `--cfg tiergate_no_registry` builds it as if the target at hand had none either.

use tiergate::{Catalogue, requires_tier};

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

/// Exports everything.
#[requires_tier(Plus, get = "/export")]
pub async fn export() -> &'static str {
    "exported"
}

/// Whether the server is well.
#[requires_tier(public = "health checks have no account", get = "/health")]
pub async fn health() -> &'static str {
    "ok"
}

/// The API.
#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export, health))]
pub struct Api;
