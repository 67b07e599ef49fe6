//! Looks up the caller of an open connection again, for a `Watch`.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::access::watch::connection::{Connection, LookupAgain};
use crate::access::watch::signal::{ChangeSignal, Registration};
use crate::endpoint::Endpoint;
use crate::source::api_key::ApiKey;
use crate::source::caller_lookup::{Resolved, Settings, finished_lookup};
use crate::tier::Tier;
use http::Extensions;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Returns what the handler needs to watch its connection, or `None` if the handler can't watch it. `caller` is
/// the caller that the guard checked.
pub(crate) fn connection<T: Tier>(
    endpoint: Endpoint,
    caller: Option<&Caller<T>>,
    extensions: &Extensions,
) -> Option<Arc<Connection<T>>> {
    let caller = caller.filter(|_| endpoint.has_named_guard())?;
    let lookup = finished_lookup::<T>(extensions)
        .and_then(|(settings, resolved)| resolved.look_up_again(settings, caller));
    Some(Arc::new(Connection {
        caller: caller.clone(),
        overrides: extensions.get().cloned(),
        lookup,
    }))
}

/// The key of a connection, and the source that knows the key's caller.
struct KeyLookup<T> {
    settings: Arc<Settings<T>>,
    api_key: ApiKey,
}

impl<T: Tier> LookupAgain<T> for KeyLookup<T> {
    fn look_up(&self) -> Pin<Box<dyn Future<Output = Resolution<Caller<T>>> + Send + '_>> {
        Box::pin(async {
            let result = self.settings.find(&self.api_key).await;
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
        self.settings.recheck_interval.unwrap_or_else(of_source)
    }

    fn outage_grace(&self) -> Duration {
        self.settings.outage_grace
    }
}

impl<T: Tier> Resolved<T> {
    /// Returns what a connection needs to look up this caller again. Returns `None` if the request had no key,
    /// or if another layer has replaced the caller.
    pub(crate) fn look_up_again(
        &self,
        settings: &Arc<Settings<T>>,
        caller: &Caller<T>,
    ) -> Option<Arc<dyn LookupAgain<T>>> {
        let is_same = matches!(&self.result, Ok(found)
            if found.id() == caller.id()
                && found.tier().map(T::rank) == caller.tier().map(T::rank));
        let api_key = self.api_key.clone().filter(|_| is_same)?;
        let settings = settings.clone();
        Some(Arc::new(KeyLookup { settings, api_key }))
    }
}
