//! The same limits and the same responses in every framework and behind the tower layer.
// The frameworks determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value, clippy::unused_async)]

#[cfg(feature = "axum")]
#[path = "quotas/with_axum.rs"]
mod with_axum;
#[cfg(feature = "tower")]
#[path = "quotas/with_tower.rs"]
mod with_tower;
