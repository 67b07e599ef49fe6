//! Overrides change at run time who may call an endpoint, and how often a customer may call it.

pub(crate) mod audit;
#[cfg(feature = "watch")]
pub(crate) mod connections;
#[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
pub(crate) mod in_request;
pub(crate) mod invalid;
pub(crate) mod override_entry;
pub(crate) mod quotation;
#[cfg(any(feature = "redis", feature = "sqlx", feature = "toml"))]
pub(crate) mod raw;
pub(crate) mod snapshot;
pub(crate) mod special_limits;
pub(crate) mod targets;

#[cfg(feature = "quota")]
use crate::access::caller::Caller;
use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::override_entry::Override;
use crate::access::overrides::snapshot::OverrideSnapshot;
#[cfg(feature = "quota")]
use crate::access::overrides::special_limits::SpecialLimits;
use crate::access::overrides::targets::Targets;
use crate::access::time::Clock;
#[cfg(any(feature = "quota", feature = "source"))]
use crate::endpoint::Endpoint;
use crate::tier::Tier;
#[cfg(feature = "watch")]
use crate::{
    access::overrides::connections::Connections, access::watch::signal::ChangeSignal,
    access::watch::signal::Registration, endpoint::registry::may_be_watched,
};
use arc_swap::ArcSwap;
use std::fmt;
#[cfg(feature = "axum")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The overrides that currently apply. A handle is cheap to clone, and all clones share the same
/// overrides.
///
/// Add the handle to your router: as a layer in axum and tower, as middleware in actix-web and poem, as
/// a hoop in salvo, or as a fairing in rocket. A [`TierLayer`](crate::TierLayer) also accepts it.
/// Without a handle, the requirements in the attributes apply. Place the handle so that it wraps every
/// gated route and every `EnforceLayer`. A guard that doesn't find a handle ignores all overrides,
/// including kill switches. Use one handle for each tier enum. If several layers contain overrides,
/// those of the innermost layer apply.
///
/// [`replace`](Self::replace) installs a complete set of overrides. Requests never wait for an
/// installation. Stores load overrides from a file or a database, install them, and follow later
/// changes.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tiergate::{Caller, Catalogue, Decision, Override, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, post = "/export")]
/// fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let overrides = Overrides::of::<Api>();
/// let (export, caller) = (Api::ENDPOINTS[0], Caller::new(Tier::Free));
/// let now = SystemTime::now();
/// assert!(!Decision::of(export, &caller, &overrides, now).is_allowed());
///
/// let next_week = now + Duration::from_secs(7 * 24 * 60 * 60);
/// overrides.replace(1, [Override::require("export", Tier::Free).until(next_week)])?;
/// assert!(Decision::of(export, &caller, &overrides, now).is_allowed());
/// assert!(!Decision::of(export, &caller, &overrides, next_week).is_allowed());
///
/// let error = overrides.replace(2, [Override::close("exprot")]).unwrap_err();
/// assert!(error.to_string().starts_with("override 1 (close \"exprot\"): no endpoint"));
/// # Ok::<(), tiergate::InvalidOverrides>(())
/// ```
pub struct Overrides<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    targets: Targets,
    current: ArcSwap<OverrideSnapshot<T>>,
    /// Locked during an installation. Otherwise, two installations could replace the same snapshot.
    installing: Mutex<()>,
    clock: Clock,
    /// The open connections that depend on these overrides.
    #[cfg(feature = "watch")]
    connections: Connections,
}

/// Whether the program has created overrides.
#[cfg(feature = "axum")]
static ARE_USED: AtomicBool = AtomicBool::new(false);

/// Returns whether the program has created overrides. If not, guards don't search the request for
/// overrides. The search would take 1 % of the time of a small request.
#[cfg(feature = "axum")]
#[inline]
pub(crate) fn are_used() -> bool {
    ARE_USED.load(Ordering::Relaxed)
}

impl<T: Tier> Overrides<T> {
    /// Creates a handle without overrides for a catalogue.
    pub(crate) fn of_targets(targets: Targets) -> Self {
        Self::with(targets, Clock::default())
    }

    /// Creates a handle without overrides for a catalogue of these endpoints without a quota.
    #[cfg(test)]
    pub(crate) fn of_endpoints(endpoints: &'static [crate::endpoint::Endpoint]) -> Self {
        Self::of_targets(Targets {
            endpoints,
            events: &[],
            quota: None,
        })
    }

    fn with(targets: Targets, clock: Clock) -> Self {
        #[cfg(feature = "axum")]
        ARE_USED.store(true, Ordering::Relaxed);
        Self {
            shared: Arc::new(Shared {
                targets,
                current: ArcSwap::from_pointee(OverrideSnapshot::empty()),
                installing: Mutex::new(()),
                clock,
                #[cfg(feature = "watch")]
                connections: Connections::default(),
            }),
        }
    }

    /// Creates a handle without overrides for the same endpoints. The handle uses this clock instead of
    /// the system clock. Guards that find the handle in a request use this clock to check whether
    /// subscriptions and overrides have ended. Use this method in tests.
    #[must_use]
    pub fn with_clock(&self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self::with(self.shared.targets, Clock::new(now))
    }

    /// Installs a complete set of overrides, in place of all overrides that applied before.
    ///
    /// A newer set has a higher version. Installing the same set with the same version again has no
    /// effect.
    ///
    /// # Errors
    /// Returns an error if an override is invalid, if the version is lower than the installed version,
    /// or if the installed set has the same version but different overrides. In these cases, the
    /// installed overrides stay in effect.
    pub fn replace(
        &self,
        version: u64,
        overrides: impl IntoIterator<Item = Override<T>>,
    ) -> Result<(), InvalidOverrides> {
        self.install(version, overrides, false)
    }

    /// Installs a set of overrides even if its version is lower than the installed version. A store
    /// that was restored from a backup contains such a set, for example.
    ///
    /// # Errors
    /// Returns an error if an override is invalid.
    pub fn rollback(
        &self,
        version: u64,
        overrides: impl IntoIterator<Item = Override<T>>,
    ) -> Result<(), InvalidOverrides> {
        self.install(version, overrides, true)
    }

    fn install(
        &self,
        version: u64,
        overrides: impl IntoIterator<Item = Override<T>>,
        accepts_any_version: bool,
    ) -> Result<(), InvalidOverrides> {
        let overrides = overrides.into_iter().collect();
        let snapshot = OverrideSnapshot::new(version, overrides, &self.shared.targets)?;
        let installing = self.shared.installing.lock();
        let _installing = installing.unwrap_or_else(PoisonError::into_inner);
        let installed = self.shared.current.load();
        if let (Some(installed_version), false) = (installed.version, accepts_any_version) {
            if version < installed_version {
                return Err(InvalidOverrides::older_version(version, installed_version));
            }
            if version == installed_version {
                return if snapshot.has_same_overrides(&installed) {
                    Ok(())
                } else {
                    Err(InvalidOverrides::reused_version(version))
                };
            }
        }
        audit::report_changes(&installed, &snapshot);
        let snapshot = Arc::new(snapshot);
        self.shared.current.store(snapshot.clone());
        #[cfg(feature = "watch")]
        self.shared.connections.wake_changed(&installed, &snapshot);
        Ok(())
    }

    /// Returns the installed version, or `None` if no overrides have been installed yet.
    pub fn version(&self) -> Option<u64> {
        self.shared.current.load().version
    }

    /// Returns the installed overrides, including those whose end has passed.
    pub fn list(&self) -> Vec<Override<T>> {
        self.shared.current.load().overrides.clone()
    }

    /// Returns what the overrides can change.
    #[cfg(feature = "cli")]
    pub(crate) fn targets(&self) -> &Targets {
        &self.shared.targets
    }

    /// Returns the overrides that change a caller's limits on an endpoint now. They replace the limits of the
    /// caller's tier. Returns `None` without reading the clock if the caller has no such overrides.
    #[cfg(feature = "quota")]
    #[inline]
    pub(crate) fn special_limits(
        &self,
        caller: &Caller<T>,
        endpoint: Endpoint,
    ) -> Option<SpecialLimits> {
        let current = self.current();
        current.limits_of(caller)?.limits(endpoint, self.now())
    }

    /// Returns whether an override closes the endpoint for at least another second. If so, guards don't
    /// look up the caller, so calls to a closed endpoint cause no load on the tier source.
    #[cfg(feature = "source")]
    pub(crate) fn closes(&self, endpoint: Endpoint) -> bool {
        let current = self.current();
        let Some(close) = current.find(endpoint, None).and_then(|found| found.close) else {
            return false;
        };
        let soon = self.now().checked_add(std::time::Duration::from_secs(1));
        close
            .ends_at()
            .is_none_or(|end| soon.is_some_and(|soon| soon < end))
    }

    /// Returns the installed overrides without waiting.
    #[inline]
    pub(crate) fn current(&self) -> arc_swap::Guard<Arc<OverrideSnapshot<T>>> {
        self.shared.current.load()
    }

    /// Returns whether requests need the handle now. They do if the handle contains overrides or has
    /// its own clock, or if a connection may stay open until overrides are installed.
    #[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
    pub(crate) fn affects_requests(&self) -> bool {
        #[cfg(feature = "watch")]
        if may_be_watched() {
            return true;
        }
        self.is_in_effect()
    }

    /// Returns whether the handle contains overrides or has its own clock.
    #[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
    pub(crate) fn is_in_effect(&self) -> bool {
        self.shared.clock.is_replaced() || !self.current().overrides.is_empty()
    }

    /// Registers an open connection. Changed overrides of its endpoint or its caller wake it. `id` is the id
    /// of the caller.
    #[cfg(feature = "watch")]
    pub(crate) fn register(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Registration {
        self.shared.connections.register(endpoint, id, signal)
    }

    /// Returns the next time at which an override of the endpoint ends for the caller with this id.
    #[cfg(feature = "watch")]
    pub(crate) fn next_end(&self, endpoint: Endpoint, id: Option<&str>) -> Option<SystemTime> {
        let (current, now) = (self.current(), self.now());
        let found = current.find(endpoint, id)?;
        let ends = [found.close, found.grant, found.require];
        let ends = ends.into_iter().flatten().filter_map(Override::ends_at);
        ends.filter(|end| *end > now).min()
    }

    /// Returns the time that decisions use.
    pub(crate) fn now(&self) -> SystemTime {
        self.shared.clock.now()
    }
}

impl<T> Clone for Overrides<T> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T: Tier> fmt::Debug for Overrides<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current();
        f.debug_struct("Overrides")
            .field("version", &current.version)
            .field("overrides", &current.overrides.len())
            .finish_non_exhaustive()
    }
}
