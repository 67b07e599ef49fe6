//! The same decisions and the same responses in every framework and behind the tower layer.
// The frameworks determine the signatures of handlers.
#![allow(clippy::unused_async)]

#[cfg(feature = "actix-web")]
#[path = "decisions/with_actix_web.rs"]
mod with_actix_web;
#[cfg(feature = "axum")]
#[path = "decisions/with_axum.rs"]
mod with_axum;
#[cfg(feature = "poem")]
#[path = "decisions/with_poem.rs"]
mod with_poem;
#[cfg(feature = "rocket")]
#[path = "decisions/with_rocket.rs"]
mod with_rocket;
#[cfg(feature = "salvo")]
#[path = "decisions/with_salvo.rs"]
mod with_salvo;
#[cfg(feature = "tower")]
#[path = "decisions/with_tower.rs"]
mod with_tower;
