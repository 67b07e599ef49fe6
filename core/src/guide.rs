//! The guide has one page for each task. The tests compile all Rust examples on these pages, and run most
//! of them.
//!
//! # Start
//! - [`new_axum_api`]: gate a new axum API in ten minutes.
//! - [`existing_api`]: gate an existing API step by step, without an outage.
//! - [`migrating`]: migrate from hand-written checks, or from protect-axum.
//!
//! # Callers and plans
//! - [`tier_sources`]: load tiers from a database, and handle plan changes.
//! - [`changing_tiers`]: add, rename, reorder or remove a tier without breaking stored plans.
//! - [`refusals`]: what each refusal means, and how to handle it.
//! - [`add_ons`]: sell an add-on.
//! - [`trials`]: trials, cancelled plans and failed payments.
//!
//! # Change who may call an endpoint
//! - [`promotions`]: run a promotion for a week.
//! - [`closing_endpoints`]: disable an endpoint now.
//! - [`exceptions`]: give one customer access or different limits.
//! - [`raising_tiers`]: raise an endpoint's tier without surprises.
//!
//! # Limit how often endpoints are called
//! - [`limiting_calls`]: limit an endpoint.
//! - [`selling_volume`]: sell API volume.
//! - [`sharing_limits`]: share limits between several machines.
//! - [`limit_outages`]: what happens to limits when Redis is down.
//! - [`behind_a_proxy`]: limit anonymous callers behind a proxy.
//!
//! # Send events and keep connections open
//! - [`push_events`]: send push events only to callers whose plan includes them.
//! - [`long_lived_connections`]: end `WebSocket`s and streams when the plan does.
//!
//! # Work with the catalogue
//! - [`reviewing_changes`]: review tier changes with a lock file, a diff, release notes and CI.
//! - [`publishing`]: publish a page for customers, an OpenAPI document and constants for clients.
//! - [`testing`]: test gated handlers.
//!
//! # Servers
//! - [`layer_order`]: put CORS, tracing, limits and other layers in the right order.
//! - [`actix_web`], [`poem`], [`rocket`], [`salvo`], [`tower`]: gate an API in another framework.

// Each page is compiled only if the features for its examples are enabled. If some of these features are
// disabled, links to the pages that need them have no target.
#![cfg_attr(
    not(all(
        feature = "actix-web",
        feature = "axum",
        feature = "cli",
        feature = "coverage",
        feature = "html",
        feature = "json",
        feature = "metrics",
        feature = "poem",
        feature = "postgres",
        feature = "quota",
        feature = "redis",
        feature = "rocket",
        feature = "salvo",
        feature = "serde",
        feature = "toml",
        feature = "tower",
        feature = "tracing",
        feature = "utoipa",
        feature = "watch",
    )),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(all(feature = "axum", feature = "source"))]
#[doc = include_str!("../docs/guide/new_axum_api.md")]
pub mod new_axum_api {}

#[cfg(all(feature = "axum", feature = "source"))]
#[doc = include_str!("../docs/guide/existing_api.md")]
pub mod existing_api {}

#[cfg(all(feature = "axum", feature = "source"))]
#[doc = include_str!("../docs/guide/migrating.md")]
pub mod migrating {}

#[cfg(all(
    feature = "axum",
    feature = "postgres",
    feature = "redis",
    feature = "serde"
))]
#[doc = include_str!("../docs/guide/tier_sources.md")]
pub mod tier_sources {}

#[cfg(feature = "sqlx")]
#[doc = include_str!("../docs/guide/changing_tiers.md")]
pub mod changing_tiers {}

#[cfg(all(feature = "axum", feature = "source"))]
#[doc = include_str!("../docs/guide/refusals.md")]
pub mod refusals {}

#[doc = include_str!("../docs/guide/add_ons.md")]
pub mod add_ons {}

#[doc = include_str!("../docs/guide/trials.md")]
pub mod trials {}

#[cfg(all(feature = "axum", feature = "source", feature = "toml"))]
#[doc = include_str!("../docs/guide/promotions.md")]
pub mod promotions {}

#[doc = include_str!("../docs/guide/closing_endpoints.md")]
pub mod closing_endpoints {}

#[cfg(feature = "source")]
#[doc = include_str!("../docs/guide/exceptions.md")]
pub mod exceptions {}

#[doc = include_str!("../docs/guide/raising_tiers.md")]
pub mod raising_tiers {}

#[cfg(all(feature = "axum", feature = "coverage", feature = "quota"))]
#[doc = include_str!("../docs/guide/limiting_calls.md")]
pub mod limiting_calls {}

#[cfg(feature = "quota")]
#[doc = include_str!("../docs/guide/selling_volume.md")]
pub mod selling_volume {}

#[cfg(all(feature = "quota", feature = "redis"))]
#[doc = include_str!("../docs/guide/sharing_limits.md")]
pub mod sharing_limits {}

#[cfg(all(feature = "quota", feature = "redis"))]
#[doc = include_str!("../docs/guide/limit_outages.md")]
pub mod limit_outages {}

#[cfg(feature = "quota")]
#[doc = include_str!("../docs/guide/behind_a_proxy.md")]
pub mod behind_a_proxy {}

#[cfg(all(feature = "cli", feature = "utoipa"))]
#[doc = include_str!("../docs/guide/push_events.md")]
pub mod push_events {}

#[cfg(all(feature = "axum", feature = "cache", feature = "watch"))]
#[doc = include_str!("../docs/guide/long_lived_connections.md")]
pub mod long_lived_connections {}

#[cfg(feature = "cli")]
#[doc = include_str!("../docs/guide/reviewing_changes.md")]
pub mod reviewing_changes {}

#[cfg(all(
    feature = "axum",
    feature = "html",
    feature = "json",
    feature = "utoipa"
))]
#[doc = include_str!("../docs/guide/publishing.md")]
pub mod publishing {}

#[cfg(all(feature = "axum", feature = "coverage", feature = "source"))]
#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[cfg(all(feature = "axum", feature = "source", feature = "tracing"))]
#[doc = include_str!("../docs/guide/layer_order.md")]
pub mod layer_order {}

#[cfg(all(feature = "actix-web", feature = "quota", feature = "source"))]
#[doc = include_str!("../docs/guide/actix_web.md")]
pub mod actix_web {}

#[cfg(all(feature = "poem", feature = "quota", feature = "source"))]
#[doc = include_str!("../docs/guide/poem.md")]
pub mod poem {}

#[cfg(all(feature = "quota", feature = "rocket", feature = "source"))]
#[doc = include_str!("../docs/guide/rocket.md")]
pub mod rocket {}

#[cfg(all(feature = "quota", feature = "salvo", feature = "source"))]
#[doc = include_str!("../docs/guide/salvo.md")]
pub mod salvo {}

#[cfg(all(feature = "quota", feature = "tower", feature = "source"))]
#[doc = include_str!("../docs/guide/tower.md")]
pub mod tower {}
