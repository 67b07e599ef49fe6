//! Looks up the caller and tier for an API key (feature `source`).
//!
//! A [`TierSource`] maps API keys to tiers. A source can be a map, a function, a database, Redis, or any
//! of these behind a [`Cached`]. A [`TierLayer`] extracts the key from a request and looks up the key in
//! the source. The lookup runs only when the request reaches a gated handler:
//!
//! ```
//! use std::collections::HashMap;
//! use tiergate::source::Credential;
//! use tiergate::{Catalogue, TierLayer, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! /// Exports everything.
//! #[requires_tier(Plus, get = "/export")]
//! async fn export() -> &'static str {
//!     "all of it"
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, state = (), handlers(export))]
//! struct Api;
//!
//! let callers = HashMap::from([("a-key".to_owned(), Tier::Plus), ("b-key".to_owned(), Tier::Free)]);
//! let tiers = TierLayer::new(callers).credential(Credential::header("x-api-key"));
//! let app: axum::Router = Api::router().layer(tiers);
//!
//! # use axum::{body::Body, extract::Request};
//! # use tower::ServiceExt;
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! for (key, status) in [("a-key", 200), ("b-key", 403), ("another", 401)] {
//!     let request = Request::get("/export").header("x-api-key", key).body(Body::empty())?;
//!     assert_eq!(app.clone().oneshot(request).await?.status(), status);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Results of a lookup
//! | result of the lookup | response | `code` |
//! | --- | --- | --- |
//! | a tier | the handler's response, or 403 if the tier is too low | `tier_too_low` |
//! | a caller without a subscription | 403, unless [`TierLayer::without_subscription`] sets a tier | `no_subscription` |
//! | [`SourceError::UnknownCaller`] | 401 | `unknown_caller` |
//! | [`SourceError::Unavailable`] | 503 with `Retry-After` | `tier_source_unavailable` |
//! | [`SourceError::InvalidTier`] | 500 | `tier_unreadable` |
//!
//! A request without a credential receives a 401 response, unless [`TierLayer::anonymous`] sets a tier
//! that is high enough. An invalid credential is never treated as a missing one.
//!
//! # Adding the layer
//! | framework | the layer | the caller, in a handler |
//! | --- | --- | --- |
//! | axum | `.layer(tiers)` | `Caller<Tier>` |
//! | actix-web | `.wrap(tiers)` | `Caller<Tier>` |
//! | poem | `.with(tiers)` | `Caller<Tier>` |
//! | rocket | `.attach(tiers)` | `Caller<Tier>` |
//! | salvo | `.hoop(tiers)` | `Caller<Tier>`, or `depot.get_typed::<Caller<Tier>>()` behind a guard |
//! | another framework, with tower | `.layer(tiers)` outside an `EnforceLayer` (feature `tower`), or with [`guard`](guard()) | the request's extensions |
//!
//! # Optional keys
//! A public handler serves every request, because it has no guard. To serve known callers differently,
//! extract the [`Caller`](crate::Caller). The extractor performs the lookup:
//!
//! ```
//! # use std::collections::HashMap;
//! use tiergate::{Caller, TierLayer, requires_tier};
//!
//! # #[derive(Clone, Copy, PartialEq, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! /// Lists prices, with a discount for subscribers.
//! #[requires_tier(public = "anybody may see the prices", get = "/prices")]
//! async fn prices(caller: Caller<Tier>) -> &'static str {
//!     match caller.tier() {
//!         Some(Tier::Plus) => "9, for you",
//!         _ => "10",
//!     }
//! }
//!
//! # #[derive(tiergate::Catalogue)]
//! # #[catalogue(tier = Tier, state = (), handlers(prices))]
//! # struct Api;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::{body::{Body, to_bytes}, extract::Request};
//! # use tower::ServiceExt;
//! # let tiers = TierLayer::new(HashMap::from([("a-key".to_owned(), Tier::Plus)]));
//! let app: axum::Router = Api::router().layer(tiers);
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # for (key, price) in [("a-key", "9, for you"), ("another", "10")] {
//! #     let request = Request::get("/prices").header("authorization", format!("Bearer {key}"));
//! #     let answer = app.clone().oneshot(request.body(Body::empty())?).await?;
//! #     assert_eq!(to_bytes(answer.into_body(), 100).await?, price);
//! # }
//! # Ok(()) }) }
//! ```
//!
//! If the lookup fails, the extractor responds with 503 or 500. To serve requests even if the lookup
//! fails, call [`TierLayer::caller`] in the handler and handle the error.
//!
//! # Logs
//! With the `tracing` feature, each refusal is logged at the `INFO` level with the fields `endpoint`,
//! `required`, `actual`, `code` and `caller`. Each check also records the fields `tiergate.endpoint`,
//! `tiergate.tier` and `tiergate.caller`, if the current span declares them. `caller` is the id that
//! the source returned, or a prefix of the key's hash if the source returned no id.
//!
//! With or without this feature, a failed lookup is logged once, even if many requests to a [`Cached`]
//! share the lookup. A store that is down is logged as a `WARN`. An unreadable tier, or a query that
//! the database rejects, is logged as an `ERROR`. These events name the error's type, kind and codes,
//! such as an SQLSTATE. **The events never contain an API key.** Any text that could contain a key is
//! omitted, whether the text comes from a store, a request or an error. There is one exception: if a
//! store returns an add-on that the program doesn't define, a `WARN` shows its key, provided that the key
//! is short, in snake case and not a part of the API key. [`SourceError::reason`] returns
//! the source's own error. You can log that error at your own risk; the method's documentation shows
//! how.
//!
//! Other layers may log API keys. If a URL's path or query contains a key, the key appears wherever the
//! URL is logged.
//!
//! The `metrics` feature adds these counters:
//!
//! | counter | labels |
//! | --- | --- |
//! | `tiergate_allowed_total` | `endpoint`, `tier`, `required` |
//! | `tiergate_refused_total` | `endpoint`, `tier` (empty if the tier is unknown), `required`, `code` |
//! | `tiergate_shadow_refused_total`: allowed calls that an observed tier would refuse | the same |
//! | `tiergate_revoked_total`: open connections that ended because the caller may no longer use them | `endpoint`, `code` |
//! | `tiergate_cache_total` | `outcome`: `hit`, `miss`, `stale`, `error` |
//!
//! Refusals with the `code` `tier_too_low` show the demand for upgrades. They show which endpoints
//! callers try to use, and which tier these callers have.
//!
//! A handler can also refuse a call with [`Guard::require`](crate::Guard::require). That refusal is
//! logged and counted when it is converted to a response. The tier passed to `require` is reported as
//! `required`. The same call is also counted as allowed, because it passed the handler's guard.
//!
//! The checks of [events](crate::Event), [`Guard::check`](crate::Guard::check) and
//! [`Guard::check_with`](crate::Guard::check_with) are logged and counted too. They don't change any span.
//! Events that are refused, or would be refused, are logged at the `DEBUG` level, because each event is refused
//! for every customer whose plan doesn't include it.
//!
//! # Stores
//! The `sqlx` feature adds a source that queries SQLite, PostgreSQL and other SQL databases. The
//! `redis` feature adds a source that reads Redis keys and hash fields. The `cache` feature adds
//! [`Cached`]. The documentation of `Cached` explains how a plan change reaches every machine within a
//! second.

pub(crate) mod api_key;
#[cfg(feature = "cache")]
pub(crate) mod cache;
pub(crate) mod caller_lookup;
pub(crate) mod credential;
#[cfg(feature = "watch")]
pub(crate) mod look_up_again;
#[cfg(feature = "watch")]
pub(crate) mod lookup_places;
#[cfg(any(feature = "axum", feature = "tower"))]
pub(crate) mod original_uri;
pub(crate) mod source_error;
pub(crate) mod stores;
pub(crate) mod tier_layer;
pub(crate) mod tier_source;

pub use self::api_key::{ApiKey, KeyHash, KeyHasher};
#[cfg(feature = "cache")]
pub use self::cache::cached_builder::CachedBuilder;
#[cfg(feature = "cache")]
pub use self::cache::invalidation_channel::InvalidationChannel;
#[cfg(feature = "cache")]
pub use self::cache::{Cached, stats::CacheStats};
pub use self::credential::Credential;
pub use self::source_error::SourceError;
#[cfg(feature = "postgres")]
pub use self::stores::listen_postgres::listen_postgres;
#[cfg(feature = "redis")]
pub use self::stores::redis::RedisSource;
#[cfg(feature = "redis")]
pub use self::stores::redis::client::RedisClient;
#[cfg(feature = "redis")]
pub use self::stores::redis::listen_redis::listen_redis;
#[cfg(feature = "sqlx")]
pub use self::stores::sqlx::SqlSource;
pub use self::tier_layer::{TierLayer, TierService};
pub use self::tier_source::TierSource;
#[cfg(feature = "watch")]
pub use crate::access::watch::signal::{ChangeSignal, Registration};
// The guard also takes from quotas, so its code is in a layer above this one.
pub use crate::frameworks::request_guard::guard;
