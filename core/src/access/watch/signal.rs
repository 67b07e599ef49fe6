//! Wakes only the connections that a change affects.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Makes a [`Watch`](crate::Watch) check the caller again.
#[derive(Clone, Default)]
pub struct ChangeSignal(Arc<Signal>);

#[derive(Default)]
struct Signal {
    notify: Notify,
    must_look_up: AtomicBool,
}

impl ChangeSignal {
    /// Wakes the connection. It then looks up its caller again.
    pub fn wake(&self) {
        self.0.must_look_up.store(true, Ordering::Release);
        // If the connection isn't waiting, the next wait ends at once.
        self.0.notify.notify_one();
    }

    /// Wakes the connection. It then decides again about its last known caller.
    pub(crate) fn wake_without_lookup(&self) {
        self.0.notify.notify_one();
    }

    /// Waits until the connection is woken.
    pub(super) async fn woken(&self) {
        self.0.notify.notified().await;
    }

    /// Returns whether the caller must be looked up again. Returns true once for each signal.
    pub(super) fn take_lookup(&self) -> bool {
        self.0.must_look_up.swap(false, Ordering::Acquire)
    }
}

impl fmt::Debug for ChangeSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeSignal").finish_non_exhaustive()
    }
}

/// Keeps a [`ChangeSignal`] registered with a source until it is dropped.
pub struct Registration(#[allow(dead_code)] Box<dyn Any + Send + Sync>);

impl Registration {
    /// Wraps a value whose destructor removes the signal from the source.
    pub fn new(on_drop: impl Send + Sync + 'static) -> Self {
        Self(Box::new(on_drop))
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

/// The signals that are registered for keys, such as the ids of callers. A change wakes only the signals
/// of its key.
#[derive(Default)]
pub(crate) struct SignalHub(Arc<Mutex<Signals>>);

#[derive(Default)]
struct Signals {
    /// The signals by their key and the number of their registration. Many connections may have the same key,
    /// so a list of each key's signals would take long to search when a connection ends.
    registered: BTreeMap<(u64, u64), ChangeSignal>,
    next_registration: u64,
}

impl SignalHub {
    /// Registers a signal for several keys. The keys are hashes. If two keys have the same hash, the only
    /// effect is an unnecessary check.
    pub(crate) fn register(
        &self,
        keys: impl IntoIterator<Item = u64>,
        signal: &ChangeSignal,
    ) -> Registration {
        let mut signals = lock(&self.0);
        let registration = signals.next_registration;
        signals.next_registration += 1;
        let keys: Vec<_> = keys.into_iter().map(|key| (key, registration)).collect();
        for key in &keys {
            signals.registered.insert(*key, signal.clone());
        }
        drop(signals);
        Registration::new(Removal {
            signals: self.0.clone(),
            keys,
        })
    }

    /// Calls a function for the signals of a key.
    pub(crate) fn for_key(&self, key: u64, wake: impl Fn(&ChangeSignal)) {
        let of_key = (key, 0)..=(key, u64::MAX);
        // Waking a task may run code that drops its registration. This needs the lock, so release it first.
        let signals: Vec<_> = {
            let signals = lock(&self.0);
            let of_key = signals.registered.range(of_key);
            of_key.map(|(_, signal)| signal.clone()).collect()
        };
        signals.iter().for_each(wake);
    }

    /// Calls a function for all signals.
    #[cfg_attr(not(feature = "cache"), allow(dead_code))]
    pub(crate) fn for_all(&self, wake: impl Fn(&ChangeSignal)) {
        let signals: Vec<_> = lock(&self.0).registered.values().cloned().collect();
        signals.iter().for_each(wake);
    }
}

struct Removal {
    signals: Arc<Mutex<Signals>>,
    keys: Vec<(u64, u64)>,
}

impl Drop for Removal {
    fn drop(&mut self) {
        let mut signals = lock(&self.signals);
        for key in &self.keys {
            signals.registered.remove(key);
        }
    }
}

fn lock(signals: &Mutex<Signals>) -> MutexGuard<'_, Signals> {
    // No code panics while it holds this lock, so a poisoned lock can be ignored.
    signals.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{ChangeSignal, SignalHub, lock};

    #[test]
    fn a_change_wakes_only_the_signals_of_its_key() {
        let hub = SignalHub::default();
        let (one, other) = (ChangeSignal::default(), ChangeSignal::default());
        let registration = hub.register([1, 2], &one);
        let _other = hub.register([3], &other);
        hub.for_key(2, ChangeSignal::wake);
        assert!(one.take_lookup() && !one.take_lookup());
        assert!(!other.take_lookup());
        hub.for_all(ChangeSignal::wake);
        assert!(one.take_lookup() && other.take_lookup());
        drop(registration);
        hub.for_key(1, ChangeSignal::wake);
        assert!(!one.take_lookup());
        assert_eq!(lock(&hub.0).registered.len(), 1);
    }
}
