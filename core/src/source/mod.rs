//! From a credential to a tier (feature `source`): who is calling, asked of a store.
//!
//! A [`TierSource`] knows the tier of each API key: a map, a function, a database, Redis, or any of
//! them behind a [`Cached`]. A [`TierLayer`] finds the key in a request and asks the source, when a
//! gated handler is reached and not before:
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
//! # What a source can answer
//! | the source says | answer to the request | `code` |
//! | --- | --- | --- |
//! | a tier | the handler's, or 403 if the tier is too low | `tier_too_low` |
//! | the caller has no subscription | 403, or as [`TierLayer::without_subscription`] says | `no_subscription` |
//! | [`SourceError::UnknownCaller`] | 401 | `unknown_caller` |
//! | [`SourceError::Unavailable`] | 503 with `Retry-After` | `tier_source_unavailable` |
//! | [`SourceError::Unreadable`] | 500 | `tier_unreadable` |
//!
//! A request without a credential is answered with 401, or as [`TierLayer::anonymous`] says. A
//! credential that is there and wrong is never taken for none.
//!
//! # Where it goes
//! | framework | the layer | who is calling, in the handler |
//! | --- | --- | --- |
//! | axum | `.layer(tiers)` | `Extension<Caller<Tier>>`, behind a guard |
//! | actix-web | `.wrap(tiers)` | `Caller<Tier>` |
//! | poem | `.with(tiers)` | `Caller<Tier>` |
//! | rocket | `.attach(tiers)` | `Caller<Tier>` |
//! | salvo | `.hoop(tiers)` | `depot.get_typed::<Caller<Tier>>()` |
//! | none of them, with tower | `.layer(tiers)` outside of an `EnforceLayer` (feature `tower`), or with [`guard`] | the request's extensions |
//!
//! # Where a key is optional
//! The source is asked by the guard of a gated handler: in another handler there is no caller, even if
//! a valid key was sent. Where whoever is known gets more than others do, and nobody is refused, the
//! handler asks by itself:
//!
//! ```
//! use axum::extract::State;
//! use axum::http::request::Parts;
//! # use std::collections::HashMap;
//! use tiergate::{TierLayer, requires_tier};
//!
//! # #[derive(Clone, Copy, PartialEq, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! /// Lists prices, with the reduced ones for those who subscribe.
//! #[requires_tier(public = "prices are for everybody", get = "/prices")]
//! async fn prices(State(tiers): State<TierLayer<Tier>>, request: Parts) -> &'static str {
//!     match tiers.caller(&request).await {
//!         Ok(caller) if caller.tier() == Some(Tier::Plus) => "9, for you",
//!         // Nobody, somebody without a subscription, or a store that is down.
//!         _ => "10",
//!     }
//! }
//!
//! # #[derive(tiergate::Catalogue)]
//! # #[catalogue(tier = Tier, state = TierLayer<Tier>, handlers(prices))]
//! # struct Api;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::{body::{Body, to_bytes}, extract::Request};
//! # use tower::ServiceExt;
//! # let tiers = TierLayer::new(HashMap::from([("a-key".to_owned(), Tier::Plus)]));
//! let app: axum::Router = Api::router().layer(tiers.clone()).with_state(tiers);
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # for (key, price) in [("a-key", "9, for you"), ("another", "10")] {
//! #     let request = Request::get("/prices").header("authorization", format!("Bearer {key}"));
//! #     let answer = app.clone().oneshot(request.body(Body::empty())?).await?;
//! #     assert_eq!(to_bytes(answer.into_body(), 100).await?, price);
//! # }
//! # Ok(()) }) }
//! ```
//!
//! # Logs
//! With the feature `tracing`, each refusal is an event at the level `INFO` with `endpoint`,
//! `required`, `actual`, `code` and `caller`. If the current span has the fields `tiergate.endpoint`,
//! `tiergate.tier` and `tiergate.caller`, they are set. `caller` is the id that the source returned, or
//! otherwise a part of the key's hash.
//!
//! Without this feature too, a lookup that fails is logged once, however many requests of a [`Cached`]
//! share it: a store that is down as a `WARN`; an unreadable tier, and a query that the database
//! refuses, as an `ERROR`. These events name the error's type, kind and codes, such as an SQLSTATE.
//! **They never contain an API key**, because they contain no text that a store, a request or an error
//! supplied. [`SourceError::reason`] has the text, and an example of how to log it at your own risk.
//!
//! What other layers log is up to you: a key in a path or query appears wherever a request's URL is
//! logged.
//!
//! With the feature `metrics` these are counted:
//!
//! | counter | labels |
//! | --- | --- |
//! | `tiergate_allowed_total` | `endpoint`, `tier`, `required` |
//! | `tiergate_refused_total` | `endpoint`, `tier` (empty if none is known), `required`, `code` |
//! | `tiergate_cache_total` | `outcome`: `hit`, `miss`, `stale`, `error` |
//!
//! Where `code` is `tier_too_low`, the second says which endpoint would sell an upgrade, and to whom.
//! What a handler refused itself, by [`Guard::require`](crate::Guard::require), is told where that is
//! answered, with the tier that was asked for; the call was counted as allowed before that.
//!
//! # Stores
//! The feature `sqlx` brings a source for any query on SQLite or PostgreSQL, `redis` one for keys or
//! hash fields, `cache` brings [`Cached`]; see [`Cached`] for how a change of plan reaches every
//! machine within a second.

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
pub use self::cache::freshness::Channel;
#[cfg(feature = "cache")]
pub use self::cache::{Cached, Counters};
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

use crate::tier::{Tier, UnknownTier};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::hash::BuildHasher;
use std::sync::Arc;

/// Knows who holds an API key, and the tier that they subscribe to.
///
/// Functions `async fn(ApiKey) -> Result<Option<Tier>, SourceError>` and closures like them are
/// sources, where `None` is a caller without a subscription, and so are maps from keys to tiers, where
/// a key that is missing is an unknown caller.
///
/// A source that asks over a network should give up in time, and answer
/// [`Unavailable`](SourceError::Unavailable): `SqlSource` and `RedisSource` do, and a `Cached` does it
/// for any other. A source that never answers holds up the requests that ask it.
///
/// ```
/// use tiergate::source::{ApiKey, Caller, SourceError, TierSource};
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
/// /// A customer's subscription, if there is such a customer.
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
/// // A closure says the type of its argument.
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
    message = "`{Self}` is not a source of tiers",
    label = "knows no caller's tier",
    note = "a source is a type that implements `TierSource`, a `HashMap<String, Tier>`, or a function `async fn(key: ApiKey) -> Result<Option<Tier>, SourceError>`: of a closure, the argument's type is written out, `|key: ApiKey| async move {{ … }}`, and it is no reference"
)]
pub trait TierSource: Send + Sync + 'static {
    /// The tier enum.
    type Tier: Tier;

    /// The caller who holds this key.
    ///
    /// # Errors
    /// [`UnknownCaller`](SourceError::UnknownCaller), if nobody holds the key;
    /// [`Unavailable`](SourceError::Unavailable), if that cannot be found out now;
    /// [`Unreadable`](SourceError::Unreadable), if what was found is no tier of the program.
    fn find(
        &self,
        key: &ApiKey,
    ) -> impl Future<Output = Result<Caller<Self::Tier>, SourceError>> + Send;

    /// The same, where nothing needs to be waited for: what [`Cached`] remembers, what a map has.
    /// `None`, which is what a source says that does not write this function, has
    /// [`find`](Self::find) asked.
    ///
    /// A [`TierLayer`] asks here first, as a future costs more than the answer.
    fn known(&self, key: &ApiKey) -> Option<Result<Caller<Self::Tier>, SourceError>> {
        let _ = key;
        None
    }
}

/// A caller whom a source knows: the tier, if there is a subscription, and the id, if the source
/// tells one.
///
/// When a request was let through, a handler gets its `Caller` [as its framework has it](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller<T> {
    tier: Option<T>,
    id: Option<Arc<str>>,
}

impl<T: Copy> Caller<T> {
    /// A caller who subscribes to this tier.
    pub const fn new(tier: T) -> Self {
        Self {
            tier: Some(tier),
            id: None,
        }
    }

    /// A caller who is known, and subscribes to nothing.
    pub const fn without_subscription() -> Self {
        Self {
            tier: None,
            id: None,
        }
    }

    /// With the caller's id: an account or a customer. It is what [`Cached::invalidate`] is told and
    /// what is logged, so it must not be the key.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The tier; `None` if there is no subscription.
    pub const fn tier(&self) -> Option<T> {
        self.tier
    }

    /// The id, if one is known.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl<T: Copy> From<Option<T>> for Caller<T> {
    fn from(tier: Option<T>) -> Self {
        Self { tier, id: None }
    }
}

/// Why a source has no caller for a key. Each variant has its own response.
///
/// `Display` and `Debug` describe the reason of a failure by its type, its kind and its codes. They
/// never show its text, because many errors repeat the key that was looked up, percent-encoded,
/// escaped or as it is. For the same reason, [`source`](Error::source) returns `None`;
/// [`reason`](Self::reason) returns the error itself.
#[derive(Clone)]
#[non_exhaustive]
pub enum SourceError {
    /// Nobody holds the key: 401.
    UnknownCaller,
    /// The store can't be read now: 503. The caller may be a paying one and should try again.
    Unavailable(Arc<dyn Error + Send + Sync>),
    /// What the store returned is no tier of this program, such as a name that was added later: 500.
    /// It is never guessed at.
    Unreadable(Arc<dyn Error + Send + Sync>),
}

impl SourceError {
    /// The store can't be read now, for this reason. Logs name the reason's type and kind, not its
    /// text.
    pub fn unavailable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(error_log::noted(reason))
    }

    /// What the store returned is no tier, for this reason. Logs name the reason's type and kind, not
    /// its text.
    pub fn unreadable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unreadable(error_log::noted(reason))
    }

    /// The reason as the source gave it, for example a `sqlx::Error`.
    ///
    /// **Its text may contain the caller's API key**, in any encoding: databases quote values that
    /// they can't convert, and HTTP clients name the URL. Anybody who can read your logs could then use
    /// the key. If you log the text nevertheless, for example while you develop, wrap the source:
    ///
    /// ```
    /// use tiergate::source::{ApiKey, Caller, SourceError, TierSource};
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
            Self::Unavailable(reason) | Self::Unreadable(reason) => Some(error_log::own(reason)),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, reason) = match self {
            Self::UnknownCaller => return f.write_str("nobody holds this key"),
            Self::Unavailable(reason) => ("the store cannot be read", reason),
            Self::Unreadable(reason) => ("the store's answer is no tier", reason),
        };
        write!(f, "{what}: {}", error_log::kind(reason))
    }
}

impl fmt::Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, reason) = match self {
            Self::UnknownCaller => return f.write_str("UnknownCaller"),
            Self::Unavailable(reason) => ("Unavailable", reason),
            Self::Unreadable(reason) => ("Unreadable", reason),
        };
        f.debug_tuple(name).field(&error_log::kind(reason)).finish()
    }
}

/// Without a `source`, whose text error reporters would print.
impl Error for SourceError {}

/// A tier that the program does not know is [`Unreadable`](SourceError::Unreadable).
impl From<UnknownTier> for SourceError {
    fn from(unknown: UnknownTier) -> Self {
        Self::unreadable(unknown)
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

/// A key that is not in the map is an unknown caller.
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

/// What a store has as a tier: a name, or a rank as a number.
#[cfg(any(feature = "sqlx", feature = "redis"))]
fn read_tier<T: Tier>(text: &str) -> Result<T, SourceError> {
    T::from_name(text).or_else(|unknown| match text.parse() {
        // Digits alone: a number with a sign is not what was meant.
        Ok(rank) if !text.starts_with('+') => Ok(T::from_rank(rank)?),
        _ => Err(unknown.into()),
    })
}
