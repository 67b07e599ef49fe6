//! The handle that enforces the limits.

use crate::access::caller::Caller;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::quota::client_address::{InvalidNetwork, TrustedProxies};
use crate::quota::clock::MonotonicClock;
use crate::quota::identity::{CallerIdentity, IdentityHasher};
#[cfg(feature = "_check")]
use crate::quota::in_program::search_requests;
use crate::quota::local::LocalStore;
use crate::quota::plan::{Plan, Take};
use crate::quota::request::{QuotaCheck, QuotaRequest};
use crate::quota::state::QuotaState;
use crate::quota::usage::{QuotaError, Usage};
use crate::tier::Tier;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
#[cfg(feature = "redis")]
use {
    crate::quota::redis::outage::OnOutage,
    crate::quota::redis::scope_names::ScopeNames,
    crate::quota::redis::{RedisSettings, RedisStore},
    crate::source::stores::redis::client::RedisClient,
};

/// Enforces the limits of a catalogue's endpoints and the catalogue's quota.
///
/// A handle is cheap to clone, and all clones share the same counters. The [module](crate::quota) explains
/// what a limit allows.
///
/// ```
/// use tiergate::{Caller, Catalogue, Quotas, Refusal, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/units")]
/// fn units() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units))]
/// struct Api;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let quotas = Quotas::local::<Api>();
/// let caller = Caller::new(Tier::Plus).with_id("customer-7");
/// let state = quotas.take(&caller, Api::ENDPOINTS[0]).await?;
/// for (name, value) in state.headers() {
///     println!("{name}: {value}");
/// }
/// # Ok::<(), Refusal>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Quotas {
    pub(super) shared: Arc<Shared>,
    pub(super) settings: Arc<Settings>,
}

pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) hasher: IdentityHasher,
    pub(super) local: LocalStore,
    pub(super) clock: MonotonicClock,
    #[cfg(feature = "redis")]
    pub(super) redis: Option<Arc<RedisStore>>,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) has_legacy_headers: bool,
    trusted_proxies: TrustedProxies,
    #[cfg(feature = "redis")]
    pub(super) on_outage: OnOutage,
    #[cfg(feature = "redis")]
    pub(super) redis: RedisSettings,
}

impl Quotas {
    /// Counts in the memory of this process.
    ///
    /// A restart loses all counters, so use a shared store for quotas by day or month. Each policy of a
    /// caller uses about a hundred bytes until its window ends.
    pub fn local<C: Catalogue + ?Sized>() -> Self {
        Self::new(
            Plan::new(C::quota(), C::endpoints()),
            #[cfg(feature = "redis")]
            None,
        )
    }

    /// Counts in Redis or Valkey, which several machines share (features `quota` and `redis`).
    ///
    /// A single script deducts the cost of a call from all counters of the caller, in one round trip. It uses
    /// the clock of the Redis server. The script needs Redis 5 or later and no module. All keys of a caller
    /// have the same hash tag, so the script also works on a cluster (feature `redis-cluster`). Every key
    /// expires.
    ///
    /// If the server fails or takes longer than the [`timeout`](Self::timeout), [`OnOutage`] applies. For the
    /// next second, no call waits for the server. By default, each machine then allows the full limits.
    /// To divide the limits among your machines, pass their number to [`on_outage`](Self::on_outage).
    ///
    /// ```
    /// use tiergate::Quotas;
    /// use tiergate::quota::OnOutage;
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free }
    /// # #[derive(tiergate::Catalogue)]
    /// # #[catalogue(tier = Tier)]
    /// # struct Api;
    /// let client = redis::Client::open("redis://127.0.0.1")?;
    /// let quotas = Quotas::redis::<Api>(client).on_outage(OnOutage::LocalShare(3));
    /// # Ok::<(), redis::RedisError>(())
    /// ```
    #[cfg(feature = "redis")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub fn redis<C: Catalogue + ?Sized>(client: impl Into<RedisClient>) -> Self {
        let store = RedisStore::new(client.into(), ScopeNames::new(C::endpoints()));
        Self::new(Plan::new(C::quota(), C::endpoints()), Some(Arc::new(store)))
    }

    fn new(plan: Plan, #[cfg(feature = "redis")] redis: Option<Arc<RedisStore>>) -> Self {
        #[cfg(feature = "_check")]
        search_requests();
        Self {
            shared: Arc::new(Shared {
                plan: Arc::new(plan),
                hasher: IdentityHasher::default(),
                local: LocalStore::new(),
                clock: MonotonicClock::system(),
                #[cfg(feature = "redis")]
                redis,
            }),
            settings: Arc::new(Settings {
                has_legacy_headers: false,
                trusted_proxies: TrustedProxies::default(),
                #[cfg(feature = "redis")]
                on_outage: OnOutage::default(),
                #[cfg(feature = "redis")]
                redis: RedisSettings::default(),
            }),
        }
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Sets what happens while the shared store is unavailable. By default, each machine counts in its own
    /// memory as if it were the only one. Pass [`OnOutage::LocalShare`] with the number of your machines.
    #[cfg(feature = "redis")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    #[must_use]
    pub fn on_outage(mut self, on_outage: OnOutage) -> Self {
        self.settings().on_outage = on_outage;
        self
    }

    /// Sets how long a call waits for the shared store. The default is 250 milliseconds. A connection may take
    /// longer to open: calls use it as soon as it is open. The client of a cluster also has its own timeouts.
    #[cfg(feature = "redis")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings().redis.timeout = timeout;
        self
    }

    /// Sets the prefix of the Redis key names. The default is `tiergate:quota`. Catalogues with separate
    /// quotas in the same database need different prefixes. Don't use braces, because a cluster would then
    /// choose the server by the prefix instead of the caller.
    #[cfg(feature = "redis")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.settings().redis.prefix = prefix.into();
        self
    }

    /// Adds the older headers `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` to
    /// responses.
    #[must_use]
    pub fn legacy_headers(mut self) -> Self {
        self.settings().has_legacy_headers = true;
        self
    }

    /// Sets the proxies in front of this server, as addresses or networks. By default, there are none.
    ///
    /// Anonymous callers are limited by their address. Behind a proxy, all of them would have the proxy's
    /// address. With this setting, a caller's address is the last address in the `X-Forwarded-For` header
    /// that isn't a listed proxy. A client can't forge this address if each listed proxy appends the address
    /// that connected to it.
    ///
    /// ```
    /// use tiergate::Quotas;
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free }
    /// # #[derive(tiergate::Catalogue)]
    /// # #[catalogue(tier = Tier)]
    /// # struct Api;
    /// let quotas = Quotas::local::<Api>().trusted_proxies(["10.0.0.0/8", "2001:db8::7"])?;
    /// # Ok::<(), tiergate::quota::InvalidNetwork>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if a text is neither an address nor a network.
    pub fn trusted_proxies<'a>(
        mut self,
        networks: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidNetwork> {
        self.settings().trusted_proxies = TrustedProxies::parse(networks)?;
        Ok(self)
    }

    /// Sets the largest number of counters in memory, for all clones of the handle. The default is about four
    /// million. Each caller has a counter for each window of each endpoint that the caller uses. If the
    /// number is exceeded, the counters with the fewest units are removed first, and the counters of used-up
    /// limits are removed last.
    #[must_use]
    pub fn capacity(self, counters: usize) -> Self {
        self.shared.local.set_capacity(counters);
        self
    }

    /// Creates a handle without counters that uses this clock for the windows in memory. The clock must
    /// never go backwards. Use this method in tests.
    #[must_use]
    pub fn with_clock(&self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        let shared = Shared {
            plan: self.shared.plan.clone(),
            hasher: IdentityHasher::default(),
            local: LocalStore::new(),
            clock: MonotonicClock::Manual(Arc::new(now)),
            #[cfg(feature = "redis")]
            redis: self.shared.redis.clone(),
        };
        Self {
            shared: Arc::new(shared),
            settings: self.settings.clone(),
        }
    }

    /// Deducts the cost of a call to an endpoint. Call this function after the tier check and before the
    /// work. The caller is identified by the id.
    ///
    /// This function doesn't check the tier. In a web framework, the guard of a handler calls it.
    ///
    /// # Errors
    /// - [`Refusal::QuotaExceeded`] if the caller has used up a limit
    /// - [`Refusal::MissingQuotaLayer`] if the caller has no id, or if the endpoint isn't in the catalogue of
    ///   this handle although the endpoint has limits or the catalogue has a quota
    /// - [`Refusal::QuotaStoreUnavailable`] if the shared store is unavailable and `OnOutage::Deny` is set
    pub async fn take<T: Tier>(
        &self,
        caller: &Caller<T>,
        endpoint: Endpoint,
    ) -> Result<QuotaState, Refusal> {
        let request = QuotaRequest::new(endpoint, caller, SystemTime::now);
        self.check_named(&request).await.into_result()
    }

    /// Does what [`take`](Self::take) does, and also applies [`Override::limit`](crate::Override::limit) and
    /// [`Override::quota`](crate::Override::quota) to the caller.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::{Caller, Catalogue, Endpoint, Override, Overrides, Quotas};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free }
    /// async fn take<C: Catalogue<Tier = Tier>>(
    ///     quotas: &Quotas,
    ///     endpoint: Endpoint,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    ///     let overrides = Overrides::of::<C>();
    ///     let raise = Override::limit("customer-7", endpoint, "600/minute");
    ///     overrides.replace(1, [raise.until(tomorrow).because("a migration")])?;
    ///
    ///     let caller = Caller::new(Tier::Free).with_id("customer-7");
    ///     let state = quotas.take_with(&caller, endpoint, &overrides).await?;
    ///     println!("{:?}", state.rate_limit_policy());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns the same errors as [`take`](Self::take).
    pub async fn take_with<T: Tier>(
        &self,
        caller: &Caller<T>,
        endpoint: Endpoint,
        overrides: &Overrides<T>,
    ) -> Result<QuotaState, Refusal> {
        let mut request = QuotaRequest::new(endpoint, caller, || overrides.now());
        request.special = overrides.special_limits(caller, endpoint);
        self.check_named(&request).await.into_result()
    }

    /// Does what [`take`](Self::take) does, for a caller without an id.
    ///
    /// ```
    /// use tiergate::quota::CallerIdentity;
    /// use tiergate::{Caller, Endpoint, Quotas, Refusal};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free }
    /// async fn take(quotas: &Quotas, endpoint: Endpoint) -> Result<(), Refusal> {
    ///     let caller = Caller::anonymous(Tier::Free);
    ///     let address = CallerIdentity::address([192, 0, 2, 1].into());
    ///     quotas.take_as(address, &caller, endpoint).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns the same errors as [`take`](Self::take).
    pub async fn take_as<T: Tier>(
        &self,
        identity: CallerIdentity<'_>,
        caller: &Caller<T>,
        endpoint: Endpoint,
    ) -> Result<QuotaState, Refusal> {
        let mut request = QuotaRequest::new(endpoint, caller, SystemTime::now);
        request.identity = Some(identity);
        self.check_named(&request).await.into_result()
    }

    /// Checks a call to an endpoint that the application named. If the catalogue has a quota, it must contain
    /// the endpoint. Otherwise, the call wouldn't count towards the quota.
    fn check_named(&self, request: &QuotaRequest<'_>) -> QuotaCheck {
        self.check(request, || self.shared.plan.has_quota())
    }

    /// Returns how much of each limit a caller has used: first the catalogue's quota, then the limits of the
    /// endpoints in the catalogue's order. The caller is identified by the id.
    ///
    /// # Errors
    /// Returns an error if the caller has no id, or if the shared store is unavailable.
    pub async fn usage<T: Tier>(&self, caller: &Caller<T>) -> Result<Vec<Usage>, QuotaError> {
        let identity = CallerIdentity::of(caller).ok_or(QuotaError::UnidentifiedCaller)?;
        self.usage_as(identity, caller).await
    }

    /// Does what [`usage`](Self::usage) does, and also applies
    /// [`Override::limit`](crate::Override::limit) and [`Override::quota`](crate::Override::quota) to the
    /// caller.
    ///
    /// # Errors
    /// Returns the same errors as [`usage`](Self::usage).
    pub async fn usage_with<T: Tier>(
        &self,
        caller: &Caller<T>,
        overrides: &Overrides<T>,
    ) -> Result<Vec<Usage>, QuotaError> {
        let identity = CallerIdentity::of(caller).ok_or(QuotaError::UnidentifiedCaller)?;
        let now = overrides.now();
        let rank = caller.tier_at(now).map_or(0, T::rank);
        let counters = {
            let current = overrides.current();
            let of_caller = current.limits_of(caller);
            let special = |endpoint| Some(of_caller?.find_at(endpoint, now)?.limits);
            self.shared.plan.counters(rank, special)
        };
        self.usage_of(identity, counters).await
    }

    /// Does what [`usage`](Self::usage) does, for a caller without an id.
    ///
    /// # Errors
    /// Returns an error if the shared store is unavailable.
    pub async fn usage_as<T: Tier>(
        &self,
        identity: CallerIdentity<'_>,
        caller: &Caller<T>,
    ) -> Result<Vec<Usage>, QuotaError> {
        let rank = caller.tier_at(SystemTime::now()).map_or(0, T::rank);
        let counters = self.shared.plan.counters(rank, |_| None);
        self.usage_of(identity, counters).await
    }

    /// Reads counters of a caller.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    async fn usage_of(
        &self,
        identity: CallerIdentity<'_>,
        counters: Vec<Take>,
    ) -> Result<Vec<Usage>, QuotaError> {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            let hash = identity.shared_hash();
            let states = redis.take(&self.settings.redis, &hash, &counters).await;
            let states = states.map_err(|_| QuotaError::StoreUnavailable)?;
            let usage = |(take, state)| Usage::new(take, state);
            return Ok(counters.iter().zip(states).map(usage).collect());
        }
        let hash = self.shared.hasher.hash(identity);
        let now = self.shared.clock.now();
        let usage = |take: &Take| Usage::new(take, self.shared.local.look(hash, take, now));
        Ok(counters.iter().map(usage).collect())
    }

    /// Resets a caller's counters. The full limits then apply again. The caller is identified by the id.
    ///
    /// # Errors
    /// Returns an error if the caller has no id, or if the shared store is unavailable.
    pub async fn reset<T: Tier>(&self, caller: &Caller<T>) -> Result<(), QuotaError> {
        let identity = CallerIdentity::of(caller).ok_or(QuotaError::UnidentifiedCaller)?;
        self.reset_as(identity).await
    }

    /// Does what [`reset`](Self::reset) does, for a caller without an id.
    ///
    /// # Errors
    /// Returns an error if the shared store is unavailable.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    pub async fn reset_as(&self, identity: CallerIdentity<'_>) -> Result<(), QuotaError> {
        let counters: Vec<_> = self.shared.plan.possible_counters().collect();
        let hash = self.shared.hasher.hash(identity);
        self.shared.local.reset(hash, &counters);
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            let hash = identity.shared_hash();
            let reset = redis.reset(&self.settings.redis, &hash, &counters).await;
            return reset.map_err(|_| QuotaError::StoreUnavailable);
        }
        Ok(())
    }

    /// Returns the number of counters in the memory of this process.
    pub fn counter_count(&self) -> usize {
        self.shared.local.len()
    }

    /// Returns whether both handles share their counters.
    #[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Returns the address of the client. `peer` is the address from which the client or its proxy connects.
    /// `forwarded_for` contains the values of the request's `X-Forwarded-For` headers, in order. Use this
    /// function for [`take_as`](Self::take_as). The integrations of web frameworks use it too.
    pub fn client_address<'a>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> IpAddr {
        let proxies = &self.settings.trusted_proxies;
        proxies.client_address(peer, forwarded_for)
    }

    /// Returns whether the catalogue of this handle contains the endpoint.
    #[cfg(feature = "rocket")]
    pub(crate) fn contains(&self, endpoint: Endpoint) -> bool {
        self.shared.plan.contains(endpoint)
    }

    /// Returns whether the counters are in a store that several machines share.
    #[cfg(all(feature = "actix-web", feature = "redis"))]
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.redis.is_some()
    }
}

impl fmt::Debug for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quotas")
            .field("counters", &self.counter_count())
            .finish_non_exhaustive()
    }
}
