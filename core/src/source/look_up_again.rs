//! Looks up the caller of an open connection again, for a `Watch`.

use crate::access::caller::Caller;
use crate::access::watch::connection::{Connection, Lookup, LookupAgain};
use crate::access::watch::signal::{ChangeSignal, Registration};
use crate::endpoint::Endpoint;
use crate::source::api_key::ApiKey;
use crate::source::caller_lookup::{Resolved, Settings, finished_lookup};
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::tier::Tier;
use http::Extensions;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout};

/// How long a lookup for an open connection may take before the source counts as unavailable. A lookup may wait
/// longer for its turn if the source responds to the lookups before it. The sources of this crate have shorter time
/// limits.
const LONGEST_LOOKUP: Duration = Duration::from_secs(10);

/// A shorter interval would keep the source busy with a single connection.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Returns the data that the handler needs to watch its connection, or `None` if the handler can't watch it.
/// `caller` is the caller that the guard checked.
#[inline]
pub(crate) fn connection<T: Tier>(
    endpoint: Endpoint,
    caller: Option<&Caller<T>>,
    extensions: &Extensions,
) -> Option<Arc<Connection<T>>> {
    // Most handlers watch no connection.
    if !endpoint.has_named_guard() {
        return None;
    }
    Some(Arc::new(connection_of(caller?, extensions)))
}

/// Returns the data for watching the connection of a request.
#[cold]
pub(crate) fn connection_of<T: Tier>(caller: &Caller<T>, extensions: &Extensions) -> Connection<T> {
    let lookup = finished_lookup::<T>(extensions)
        .and_then(|(settings, resolved)| resolved.look_up_again(settings, caller));
    Connection {
        caller: caller.clone(),
        overrides: extensions.get().cloned(),
        lookup,
        is_of_request: true,
    }
}

/// The API key of a connection, and the source that looks up its caller.
struct KeyLookup<T> {
    settings: Arc<Settings<T>>,
    api_key: ApiKey,
    changes: Changes<T>,
}

/// What another layer has changed about the caller that a lookup returned. The changes also apply to the results
/// of later lookups.
struct Changes<T> {
    /// The end, and the tier after it.
    end: Option<(SystemTime, Option<T>)>,
    added_features: u64,
    removed_features: u64,
    /// The plan version, if the layer changed it.
    #[allow(clippy::option_option)] // The inner option is the plan version.
    plan_version: Option<Option<u32>>,
    /// The rank of the caller's tier when the layer changed the caller.
    rank: Option<u32>,
}

impl<T: Tier> Changes<T> {
    fn between(found: &Caller<T>, caller: &Caller<T>) -> Self {
        let end_of = |caller: &Caller<T>| (caller.ends_at(), caller.next_tier().map(T::rank));
        let end = caller.ends_at().filter(|_| end_of(caller) != end_of(found));
        let (features, found_features) = (caller.feature_bits(), found.feature_bits());
        let plan_version = caller.plan_version();
        Self {
            end: end.map(|end| (end, caller.next_tier())),
            added_features: features & !found_features,
            removed_features: found_features & !features,
            plan_version: (plan_version != found.plan_version()).then_some(plan_version),
            rank: caller.tier().map(T::rank),
        }
    }

    fn apply_to(&self, caller: Caller<T>) -> Caller<T> {
        // The layer may have added the add-ons only because of the tier.
        let is_downgraded = caller.tier().map(T::rank) < self.rank;
        let added = if is_downgraded {
            0
        } else {
            self.added_features
        };
        let features = (caller.feature_bits() & !self.removed_features) | added;
        let plan_version = self.plan_version.unwrap_or(caller.plan_version());
        let caller = caller.with_add_ons_and_version(features, plan_version);
        match self.end {
            Some((end, then)) => caller.ending_by(end, then),
            None => caller,
        }
    }
}

impl<T: Tier> KeyLookup<T> {
    async fn find(&self) -> Result<Caller<T>, SourceError> {
        if let Some(result) = self.settings.known(&self.api_key) {
            return result;
        }
        let no_response = || {
            let reason = safe("the source did not respond in time");
            SourceError::unavailable(reason)
        };
        let places = &self.settings.lookup_places;
        // Waiting behind thousands of other connections is not an outage.
        let place = places.take(LONGEST_LOOKUP).await;
        let _place = place.ok_or_else(no_response)?;
        let lookup = timeout(LONGEST_LOOKUP, self.settings.find(&self.api_key)).await;
        let result = lookup.unwrap_or_else(|_| Err(no_response()));
        if !matches!(result, Err(SourceError::Unavailable(_))) {
            places.record_response();
        }
        result
    }
}

impl<T: Tier> LookupAgain<T> for KeyLookup<T> {
    fn look_up(self: Arc<Self>) -> Lookup<T> {
        Box::pin(async move {
            let found = self.find().await;
            let result = found.map(|caller| self.changes.apply_to(caller));
            let resolved = Resolved::with_key(self.api_key.clone(), result);
            resolved.resolution(self.settings.retry_after)
        })
    }

    fn register(&self, caller: &Caller<T>, signal: &ChangeSignal) -> Option<Registration> {
        let source = &self.settings.source;
        source.register_erased(&self.api_key, caller.id(), signal)
    }

    fn interval(&self) -> Duration {
        let of_source = || self.settings.source.recheck_interval_erased();
        let interval = self.settings.recheck_interval.unwrap_or_else(of_source);
        interval.max(SHORTEST_INTERVAL)
    }

    fn last_response(&self) -> Option<Instant> {
        self.settings.lookup_places.last_response()
    }

    fn outage_grace(&self) -> Duration {
        self.settings.outage_grace
    }
}

impl<T: Tier> Resolved<T> {
    /// Returns the data that a connection needs to look up this caller again. Returns `None` if the request
    /// had no API key, or if another layer has replaced the caller.
    pub(crate) fn look_up_again(
        &self,
        settings: &Arc<Settings<T>>,
        caller: &Caller<T>,
    ) -> Option<Arc<dyn LookupAgain<T>>> {
        let found = self.result.as_ref().ok()?;
        let rank = |tier: Option<T>| tier.map(T::rank);
        if found.id() != caller.id() || rank(found.tier()) != rank(caller.tier()) {
            return None;
        }
        Some(Arc::new(KeyLookup {
            settings: settings.clone(),
            api_key: self.api_key.clone()?,
            changes: Changes::between(found, caller),
        }))
    }
}
