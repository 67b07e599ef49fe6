use crate::access::caller::Caller;
#[cfg(feature = "watch")]
use crate::access::watch::signal::{ChangeSignal, Registration};
use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use crate::tier::Tier;
use std::collections::HashMap;
use std::future::{Future, ready};
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(feature = "watch")]
use std::time::Duration;

/// Looks up the caller and tier for an API key.
///
/// Functions and closures of the form `async fn(ApiKey) -> Result<Option<Tier>, SourceError>` are
/// sources. They return `None` for a caller without a subscription. They can also return a [`Caller`],
/// which can have an id, add-ons and an end.
///
/// Maps from keys to tiers or to `Caller`s are sources too. A key that is missing from the map belongs
/// to an unknown caller.
///
/// A source that uses the network should have a timeout, and return
/// [`Unavailable`](SourceError::Unavailable) when the time is up. Without a timeout, a source that never
/// responds blocks every request that waits for it. `SqlSource` and `RedisSource` have a timeout, and a
/// `Cached` adds a timeout to any other source.
///
/// ```
/// use std::collections::HashMap;
/// use std::time::{Duration, SystemTime};
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
///
/// // A trial that ends in two weeks.
/// let end = SystemTime::now() + Duration::from_secs(14 * 24 * 60 * 60);
/// let trial = Caller::new(Tier::Plus).with_id("customer-7").until(end).then(Tier::Free);
/// let source = HashMap::from([("a-key".to_owned(), trial.clone())]);
/// assert_eq!(source.find(&key).await?, trial);
/// let source = move |_: ApiKey| std::future::ready(Ok(trial.clone()));
/// assert_eq!(source.find(&key).await?.tier_at(end), Some(Tier::Free));
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

    /// Registers an open connection that was opened with this API key. `id` is the id of the caller. The
    /// source calls [`ChangeSignal::wake`] whenever the caller of the key may have changed, until the
    /// returned value is dropped.
    ///
    /// The default returns `None`, because the source can't report changes. Connections then look up their
    /// caller at every [`recheck_interval`](Self::recheck_interval). [`Cached`](crate::Cached) implements
    /// this function. A source that wraps another source should forward the call.
    #[cfg(feature = "watch")]
    #[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
    fn register(
        &self,
        key: &ApiKey,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Option<Registration> {
        let _ = (key, id, signal);
        None
    }

    /// Returns how often open connections should look up their caller. The default is a minute, and the
    /// shortest possible interval is 100 milliseconds.
    #[cfg(feature = "watch")]
    #[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
    fn recheck_interval(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// A value that a function or a map contains for a caller: a tier, an optional tier, or a [`Caller`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't describe a caller",
    label = "a tier source can't return this type",
    note = "return a tier, an `Option` of a tier, or a `tiergate::Caller`"
)]
#[doc(hidden)]
pub trait CallerValue {
    /// The tier enum.
    type Tier: Tier;

    /// Converts the value to the caller that it describes.
    fn into_caller(self) -> Caller<Self::Tier>;
}

impl<T: Tier> CallerValue for T {
    type Tier = T;

    fn into_caller(self) -> Caller<T> {
        Caller::new(self)
    }
}

impl<T: Tier> CallerValue for Option<T> {
    type Tier = T;

    fn into_caller(self) -> Caller<T> {
        Caller::from(self)
    }
}

impl<T: Tier> CallerValue for Caller<T> {
    type Tier = T;

    fn into_caller(self) -> Self {
        self
    }
}

impl<F, A, C> TierSource for F
where
    F: Fn(ApiKey) -> A + Send + Sync + 'static,
    A: Future<Output = Result<C, SourceError>> + Send,
    C: CallerValue,
{
    type Tier = C::Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<C::Tier>, SourceError> {
        self(key.clone()).await.map(C::into_caller)
    }
}

/// A key that is missing from the map belongs to an unknown caller.
impl<C, H> TierSource for HashMap<String, C, H>
where
    C: CallerValue + Clone + Send + Sync + 'static,
    H: BuildHasher + Send + Sync + 'static,
{
    type Tier = C::Tier;

    fn find(
        &self,
        key: &ApiKey,
    ) -> impl Future<Output = Result<Caller<C::Tier>, SourceError>> + Send {
        ready(find_in_map(self, key))
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<C::Tier>, SourceError>> {
        Some(find_in_map(self, key))
    }
}

fn find_in_map<C: CallerValue + Clone, H: BuildHasher>(
    map: &HashMap<String, C, H>,
    key: &ApiKey,
) -> Result<Caller<C::Tier>, SourceError> {
    let mapped_value = map.get(key.expose()).cloned();
    mapped_value
        .map(C::into_caller)
        .ok_or(SourceError::UnknownCaller)
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

    #[cfg(feature = "watch")]
    fn register(
        &self,
        key: &ApiKey,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Option<Registration> {
        (**self).register(key, id, signal)
    }

    #[cfg(feature = "watch")]
    fn recheck_interval(&self) -> Duration {
        (**self).recheck_interval()
    }
}

/// A type-erased [`TierSource`], stored in the tier layer's settings.
pub(crate) trait ErasedTierSource<T>: Send + Sync {
    fn known_erased(&self, key: &ApiKey) -> Option<Result<Caller<T>, SourceError>>;
    fn find_erased<'a>(&'a self, key: &'a ApiKey) -> BoxedFindFuture<'a, T>;
    #[cfg(feature = "watch")]
    fn register_erased(
        &self,
        key: &ApiKey,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Option<Registration>;
    #[cfg(feature = "watch")]
    fn recheck_interval_erased(&self) -> Duration;
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

    #[cfg(feature = "watch")]
    fn register_erased(
        &self,
        key: &ApiKey,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Option<Registration> {
        self.register(key, id, signal)
    }

    #[cfg(feature = "watch")]
    fn recheck_interval_erased(&self) -> Duration {
        self.recheck_interval()
    }
}
