use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use crate::tier::Tier;
use std::collections::HashMap;
use std::future::{Future, ready};
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::Arc;

/// Looks up the caller and tier for an API key.
///
/// Functions and closures of the form `async fn(ApiKey) -> Result<Option<Tier>, SourceError>` are
/// sources. They return `None` for a caller without a subscription. Maps from keys to tiers are
/// sources too. A key that is missing from the map belongs to an unknown caller.
///
/// A source that uses the network should have a timeout, and return
/// [`Unavailable`](SourceError::Unavailable) when the time is up. Without a timeout, a source that never
/// responds blocks every request that waits for it. `SqlSource` and `RedisSource` have a timeout, and a
/// `Cached` adds a timeout to any other source.
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
    /// - [`Unavailable`](SourceError::Unavailable) if the store can't be read at the moment
    /// - [`InvalidTier`](SourceError::InvalidTier) if the stored value isn't one of the program's tiers
    fn find(
        &self,
        key: &ApiKey,
    ) -> impl Future<Output = Result<Caller<Self::Tier>, SourceError>> + Send;

    /// Returns the result of [`find`](Self::find) if the result is already in memory, as in a `Cached`
    /// or a map. Otherwise, returns `None`. The default implementation always returns `None`.
    ///
    /// A [`TierLayer`](crate::TierLayer) calls `known` first, because a future costs more than a lookup
    /// in memory. The layer calls `find` only if `known` returns `None`.
    fn known(&self, key: &ApiKey) -> Option<Result<Caller<Self::Tier>, SourceError>> {
        let _ = key;
        None
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
        let mapped_tier = self.get(key.expose()).copied();
        ready(
            mapped_tier
                .map(Caller::new)
                .ok_or(SourceError::UnknownCaller),
        )
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<T>, SourceError>> {
        let mapped_tier = self.get(key.expose()).copied();
        Some(
            mapped_tier
                .map(Caller::new)
                .ok_or(SourceError::UnknownCaller),
        )
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

/// A type-erased [`TierSource`], stored in the tier layer's settings.
pub(crate) trait ErasedTierSource<T>: Send + Sync {
    fn known_erased(&self, key: &ApiKey) -> Option<Result<Caller<T>, SourceError>>;
    fn find_erased<'a>(&'a self, key: &'a ApiKey) -> BoxedFindFuture<'a, T>;
}

pub(crate) type BoxedFindFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<Caller<T>, SourceError>> + Send + 'a>>;

impl<S: TierSource> ErasedTierSource<S::Tier> for S {
    fn known_erased(&self, key: &ApiKey) -> Option<Result<Caller<S::Tier>, SourceError>> {
        self.known(key)
    }

    fn find_erased<'a>(&'a self, key: &'a ApiKey) -> BoxedFindFuture<'a, S::Tier> {
        Box::pin(self.find(key))
    }
}
