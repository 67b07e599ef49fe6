//! Looks up the caller and tier for an API key (feature `source`).
//!
//! A [`TierSource`] maps API keys to tiers. It can be a map, a function, a database, Redis, or any of
//! these behind a [`Cached`]. A [`TierLayer`] extracts the key from a request and looks it up in the
//! source. The lookup runs only when the request reaches a gated handler:
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
//! A request without a credential gets a 401, unless [`TierLayer::anonymous`] sets a tier that is high
//! enough. An invalid credential is never treated as a missing one.
//!
//! # Adding the layer
//! | framework | the layer | the caller, in a handler |
//! | --- | --- | --- |
//! | axum | `.layer(tiers)` | `Caller<Tier>` |
//! | actix-web | `.wrap(tiers)` | `Caller<Tier>` |
//! | poem | `.with(tiers)` | `Caller<Tier>` |
//! | rocket | `.attach(tiers)` | `Caller<Tier>` |
//! | salvo | `.hoop(tiers)` | `Caller<Tier>`, or `depot.get_typed::<Caller<Tier>>()` behind a guard |
//! | none of them, with tower | `.layer(tiers)` outside of an `EnforceLayer` (feature `tower`), or with [`guard`] | the request's extensions |
//!
//! # Optional keys
//! A public handler has no guard, so it serves every request. To serve known callers differently, extract
//! the [`Caller`]. The extractor then performs the lookup:
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
//! If the lookup fails, the extractor responds with 503 or 500. To serve such requests too, call
//! [`TierLayer::caller`] in the handler and handle its error.
//!
//! # Logs
//! With the feature `tracing`, each refusal is logged at the level `INFO` with the fields `endpoint`,
//! `required`, `actual`, `code` and `caller`. Each check also records the fields `tiergate.endpoint`,
//! `tiergate.tier` and `tiergate.caller`, if the current span declares them. `caller` is the id that
//! the source returned. If it returned none, `caller` is a prefix of the key's hash.
//!
//! With or without this feature, a failed lookup is logged once, even if many requests to a [`Cached`]
//! share it. A store that is down is logged as a `WARN`. An unreadable tier, or a query that the
//! database rejects, is logged as an `ERROR`. These events name the error's type, kind and codes, such
//! as an SQLSTATE. **They never contain an API key**: any text that could repeat one is left out,
//! whether it comes from a store, a request or an error. [`SourceError::reason`] returns the source's
//! own error, and its documentation shows how to log that error at your own risk.
//!
//! Other layers may log more. A key in a path or query appears wherever the request's URL is logged.
//!
//! The feature `metrics` adds these counters:
//!
//! | counter | labels |
//! | --- | --- |
//! | `tiergate_allowed_total` | `endpoint`, `tier`, `required` |
//! | `tiergate_refused_total` | `endpoint`, `tier` (empty if none is known), `required`, `code` |
//! | `tiergate_cache_total` | `outcome`: `hit`, `miss`, `stale`, `error` |
//!
//! Refusals with the `code` `tier_too_low` show the demand for upgrades: which endpoints callers try to
//! use, and which tier these callers have.
//!
//! A handler can also refuse a call itself, with [`Guard::require`](crate::Guard::require). That refusal
//! is logged and counted when it is converted to a response, with the tier passed to `require`. The
//! call was already counted as allowed.
//!
//! # Stores
//! The feature `sqlx` adds a source for SQL queries, on SQLite, PostgreSQL and other databases. The
//! feature `redis` adds a source for Redis keys and hash fields. The feature `cache` adds [`Cached`],
//! whose documentation explains how a change of plan reaches every machine within a second.

pub(crate) mod stores;

pub(crate) mod api_key;
#[cfg(feature = "cache")]
pub(crate) mod cache;
pub(crate) mod credential;
pub(crate) mod error_log;
pub(crate) mod layer;
pub(crate) mod lookup;
pub(crate) mod resolved;
pub(crate) mod settings;

pub use self::api_key::{ApiKey, KeyHash, KeyHasher};
#[cfg(feature = "cache")]
pub use self::cache::builder::CachedBuilder;
#[cfg(feature = "cache")]
pub use self::cache::channel::InvalidationChannel;
#[cfg(feature = "cache")]
pub use self::cache::{CacheStats, Cached};
pub use self::credential::Credential;
pub use self::layer::{TierLayer, TierService};
pub use self::lookup::guard;
#[cfg(feature = "postgres")]
pub use self::stores::postgres::listen_postgres;
#[cfg(feature = "redis")]
pub use self::stores::redis::RedisSource;
#[cfg(feature = "redis")]
pub use self::stores::redis::connections::RedisClient;
#[cfg(feature = "redis")]
pub use self::stores::redis::listen::listen_redis;
#[cfg(feature = "sqlx")]
pub use self::stores::sqlx::SqlSource;

use crate::access::caller::Caller;
use crate::tier::{Tier, UnknownTier};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::hash::BuildHasher;
use std::sync::Arc;

/// Looks up the caller and tier for an API key.
///
/// Functions and closures of the form `async fn(ApiKey) -> Result<Option<Tier>, SourceError>` are
/// sources. They return `None` for a caller without a subscription. Maps from keys to tiers are
/// sources too. A key that is missing from the map belongs to an unknown caller.
///
/// A source that uses the network should have a timeout, and return
/// [`Unavailable`](SourceError::Unavailable) when the time is up. `SqlSource` and `RedisSource` have a
/// timeout, and a `Cached` adds one to any other source. Without a timeout, a source that never
/// responds blocks every request that waits for it.
///
/// ```
/// use tiergate::Caller;
/// use tiergate::source::{ApiKey, SourceError, TierSource};
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// async fn look_up(key: ApiKey) -> Result<Option<Tier>, SourceError> {
///     match ask_billing(key.expose()).await.map_err(SourceError::unavailable)? {
///         Some(subscription) => Ok(subscription),
///         None => Err(SourceError::UnknownCaller),
///     }
/// }
///
/// /// Returns a customer's subscription, or `None` if the customer is unknown.
/// async fn ask_billing(key: &str) -> std::io::Result<Option<Option<Tier>>> {
///     # tokio::task::yield_now().await;
///     // …
/// #   Ok(match key {
/// #       "a-key" => Some(Some(Tier::Plus)),
/// #       "ended" => Some(None),
/// #       _ => None,
/// #   })
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let key = ApiKey::new("a-key");
/// assert_eq!(look_up.find(&key).await?, Caller::new(Tier::Plus));
/// assert_eq!(look_up.find(&ApiKey::new("ended")).await?, Caller::without_subscription());
///
/// // A closure must declare the type of its argument.
/// let billing = std::sync::Arc::new("a connection");
/// let source = move |key: ApiKey| {
///     let _billing = billing.clone();
///     async move { look_up(key).await }
/// };
/// assert_eq!(source.find(&key).await?, Caller::new(Tier::Plus));
/// # Ok::<(), SourceError>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tier source",
    label = "can't be used as a tier source",
    note = "use a type that implements `TierSource`, a `HashMap<String, Tier>`, or a function `async fn(key: ApiKey) -> Result<Option<Tier>, SourceError>`; in a closure, write the type of the argument: `|key: ApiKey| async move {{ … }}`"
)]
pub trait TierSource: Send + Sync + 'static {
    /// The tier enum.
    type Tier: Tier;

    /// Looks up the caller with this key.
    ///
    /// # Errors
    /// - [`UnknownCaller`](SourceError::UnknownCaller) if no caller has this key
    /// - [`Unavailable`](SourceError::Unavailable) if the store can't be read now
    /// - [`InvalidTier`](SourceError::InvalidTier) if the stored value isn't a tier of this program
    fn find(
        &self,
        key: &ApiKey,
    ) -> impl Future<Output = Result<Caller<Self::Tier>, SourceError>> + Send;

    /// Returns the result of [`find`](Self::find) without waiting, if it is already in memory, as in a
    /// [`Cached`] or a map. Otherwise, returns `None`. The default implementation always returns `None`.
    ///
    /// A [`TierLayer`] calls this method first, because a future costs more than a lookup in memory. It
    /// calls `find` only if the result is `None`.
    fn known(&self, key: &ApiKey) -> Option<Result<Caller<Self::Tier>, SourceError>> {
        let _ = key;
        None
    }
}

/// Why a lookup returned no caller. Each variant leads to a different response.
///
/// `Display` and `Debug` describe the reason by its type, kind and codes. They never show its text,
/// because many errors repeat the key that was looked up, unchanged, escaped or percent-encoded. For
/// the same reason, [`source`](Error::source) returns `None`. [`reason`](Self::reason) returns the
/// error itself.
#[derive(Clone)]
#[non_exhaustive]
pub enum SourceError {
    /// No caller has this key. The response is 401.
    UnknownCaller,
    /// The store can't be read now. The response is 503: the caller may be a paying customer and
    /// should try again.
    Unavailable(Arc<dyn Error + Send + Sync>),
    /// The stored value isn't a tier of this program, such as a name that a newer version added. The
    /// response is 500, because guessing a tier could admit the wrong callers.
    InvalidTier(Arc<dyn Error + Send + Sync>),
}

impl SourceError {
    /// Creates an [`Unavailable`](Self::Unavailable) error. Logs show the reason's type and kind, not
    /// its text.
    pub fn unavailable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(error_log::noted(reason))
    }

    /// Creates an [`InvalidTier`](Self::InvalidTier) error. Logs show the reason's type and kind, not its
    /// text.
    pub fn invalid_tier(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::InvalidTier(error_log::noted(reason))
    }

    /// Returns the source's original error, such as an error of an HTTP client.
    ///
    /// **Its text may contain the caller's API key**, in any encoding. Databases quote values that they
    /// can't convert, and HTTP clients print the URL. Anybody who can read your logs could then use the
    /// key. If you want to log the text anyway, for example during development, wrap the source:
    ///
    /// ```
    /// use tiergate::Caller;
    /// use tiergate::source::{ApiKey, SourceError, TierSource};
    ///
    /// struct LoggingKeys<S>(S);
    ///
    /// impl<S: TierSource> TierSource for LoggingKeys<S> {
    ///     type Tier = S::Tier;
    ///
    ///     async fn find(&self, key: &ApiKey) -> Result<Caller<S::Tier>, SourceError> {
    ///         self.0.find(key).await.inspect_err(|error| {
    ///             if let Some(reason) = error.reason() {
    ///                 eprintln!("{error}: {reason}");
    ///             }
    ///         })
    ///     }
    /// }
    /// ```
    pub fn reason(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match self {
            Self::UnknownCaller => None,
            Self::Unavailable(reason) | Self::InvalidTier(reason) => Some(error_log::own(reason)),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, reason) = match self {
            Self::UnknownCaller => return f.write_str("no caller has this key"),
            Self::Unavailable(reason) => ("the tier source is unavailable", reason),
            Self::InvalidTier(reason) => ("the stored value is not a tier of this program", reason),
        };
        write!(f, "{what}: {}", error_log::kind(reason))
    }
}

impl fmt::Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, reason) = match self {
            Self::UnknownCaller => return f.write_str("UnknownCaller"),
            Self::Unavailable(reason) => ("Unavailable", reason),
            Self::InvalidTier(reason) => ("InvalidTier", reason),
        };
        f.debug_tuple(name).field(&error_log::kind(reason)).finish()
    }
}

/// Doesn't implement `source`, because error reporters would print its text.
impl Error for SourceError {}

/// Converts an unknown tier to [`InvalidTier`](SourceError::InvalidTier).
impl From<UnknownTier> for SourceError {
    fn from(unknown: UnknownTier) -> Self {
        Self::invalid_tier(unknown)
    }
}

impl<F, A, T> TierSource for F
where
    F: Fn(ApiKey) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Option<T>, SourceError>> + Send,
    T: Tier,
{
    type Tier = T;

    async fn find(&self, key: &ApiKey) -> Result<Caller<T>, SourceError> {
        self(key.clone()).await.map(Caller::from)
    }
}

/// A key that is missing from the map belongs to an unknown caller.
impl<T: Tier, H: BuildHasher + Send + Sync + 'static> TierSource for HashMap<String, T, H> {
    type Tier = T;

    fn find(&self, key: &ApiKey) -> impl Future<Output = Result<Caller<T>, SourceError>> + Send {
        let tier = self.get(key.expose()).copied();
        ready(tier.map(Caller::new).ok_or(SourceError::UnknownCaller))
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<T>, SourceError>> {
        let tier = self.get(key.expose()).copied();
        Some(tier.map(Caller::new).ok_or(SourceError::UnknownCaller))
    }
}

impl<S: TierSource> TierSource for Arc<S> {
    type Tier = S::Tier;

    fn find(
        &self,
        key: &ApiKey,
    ) -> impl Future<Output = Result<Caller<S::Tier>, SourceError>> + Send {
        (**self).find(key)
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<S::Tier>, SourceError>> {
        (**self).known(key)
    }
}

/// Reads a stored tier: a name, or a rank in digits.
#[cfg(any(feature = "sqlx", feature = "redis"))]
fn read_tier<T: Tier>(text: &str) -> Result<T, SourceError> {
    T::from_name(text).or_else(|unknown| match text.parse() {
        // `parse` accepts a leading `+`, but a rank consists of digits only.
        Ok(rank) if !text.starts_with('+') => Ok(T::from_rank(rank)?),
        _ => Err(unknown.into()),
    })
}
