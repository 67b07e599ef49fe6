//! Connections that stay open end with the subscription, in every framework that supports them.
// The frameworks determine the signatures of handlers.
#![allow(clippy::unused_async)]

#[cfg(feature = "actix-ws")]
#[path = "connections/with_actix_web.rs"]
mod with_actix_web;
#[cfg(feature = "axum-ws")]
#[path = "connections/with_axum.rs"]
mod with_axum;
#[cfg(feature = "poem")]
#[path = "connections/with_poem.rs"]
mod with_poem;
#[cfg(feature = "rocket")]
#[path = "connections/with_rocket.rs"]
mod with_rocket;
#[cfg(feature = "salvo")]
#[path = "connections/with_salvo.rs"]
mod with_salvo;
#[cfg(feature = "tonic")]
#[path = "connections/with_tonic.rs"]
mod with_tonic;
