//! The same limits and the same responses in every framework and behind the tower layer.
// The frameworks determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value, clippy::unused_async)]

#[cfg(feature = "actix-web")]
mod actix_web_quotas;
#[cfg(feature = "poem")]
mod poem_quotas;
#[cfg(feature = "rocket")]
mod rocket_quotas;
#[cfg(feature = "salvo")]
mod salvo_quotas;
#[cfg(feature = "tower")]
mod tonic_quotas;
#[cfg(all(feature = "axum", feature = "tower"))]
mod tower_quotas;

#[cfg(feature = "actix-web")]
#[path = "quotas/with_actix_web.rs"]
mod with_actix_web;
#[cfg(feature = "axum")]
#[path = "quotas/with_axum.rs"]
mod with_axum;
#[cfg(feature = "poem")]
#[path = "quotas/with_poem.rs"]
mod with_poem;
#[cfg(feature = "rocket")]
#[path = "quotas/with_rocket.rs"]
mod with_rocket;
#[cfg(feature = "salvo")]
#[path = "quotas/with_salvo.rs"]
mod with_salvo;
#[cfg(feature = "tower")]
#[path = "quotas/with_tower.rs"]
mod with_tower;
