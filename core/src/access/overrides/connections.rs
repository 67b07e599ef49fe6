//! The open connections that depend on overrides.

use crate::access::overrides::override_entry::OverrideKind;
use crate::access::overrides::snapshot::OverrideSnapshot;
use crate::access::watch::signal::{ChangeSignal, Registration, SignalHub};
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use std::hash::{BuildHasher, RandomState};

/// Registers open connections by their endpoint, and by their endpoint and caller.
#[derive(Default)]
pub(super) struct Connections {
    hub: SignalHub,
    hasher: RandomState,
}

impl Connections {
    pub(super) fn register(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Registration {
        let of_caller = id.map(|_| self.key(endpoint, id));
        let keys = of_caller.into_iter().chain([self.key(endpoint, None)]);
        self.hub.register(keys, signal)
    }

    /// Wakes the connections whose overrides differ in the two snapshots.
    pub(super) fn wake_changed<T: Tier>(
        &self,
        old: &OverrideSnapshot<T>,
        new: &OverrideSnapshot<T>,
    ) {
        for (one, other) in [(old, new), (new, old)] {
            for (entry, endpoint) in one.overrides.iter().zip(&one.endpoints) {
                let Some(endpoint) = *endpoint else { continue };
                if other.in_place_of(entry, Some(endpoint)) == Some(entry) {
                    continue;
                }
                let id = match &entry.kind {
                    OverrideKind::Grant(customer) => Some(&**customer),
                    OverrideKind::Close | OverrideKind::Require(_) => None,
                    // These don't decide who may use the connection.
                    OverrideKind::Observe(_)
                    | OverrideKind::Limit { .. }
                    | OverrideKind::Quota { .. } => continue,
                };
                let key = self.key(endpoint, id);
                self.hub.for_key(key, ChangeSignal::wake_without_lookup);
            }
        }
    }

    fn key(&self, endpoint: Endpoint, id: Option<&str>) -> u64 {
        self.hasher.hash_one((endpoint, id))
    }
}
