//! Looks up the caller of an open connection again, for a `Watch`.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::access::watch::connection::LookupAgain;
use crate::access::watch::signal::{ChangeSignal, Registration};
use crate::source::api_key::ApiKey;
use crate::source::caller_lookup::{Resolved, Settings};
use crate::tier::Tier;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The key of a connection, and the source that knows the key's caller.
pub(crate) struct KeyLookup<T> {
    settings: Arc<Settings<T>>,
    api_key: ApiKey,
}

impl<T> KeyLookup<T> {
    pub(crate) fn new(settings: Arc<Settings<T>>, api_key: ApiKey) -> Self {
        Self { settings, api_key }
    }
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
