//! What a guard keeps to check the caller of its connection again later.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::access::overrides::Overrides;
use crate::access::watch::signal::{ChangeSignal, Registration};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The caller of an open connection, and how to look up the caller again.
pub(crate) struct Connection<T> {
    pub(crate) caller: Caller<T>,
    pub(crate) overrides: Option<Overrides<T>>,
    /// `None` if no source knows the caller.
    pub(crate) lookup: Option<Arc<dyn LookupAgain<T>>>,
    /// Whether the connection belongs to a request, rather than to a guard that the program created.
    pub(crate) is_of_request: bool,
}

impl<T> Connection<T> {
    /// The connection of a caller who was passed to a check.
    pub(crate) fn of_caller(caller: Caller<T>, overrides: Option<Overrides<T>>) -> Self {
        Self {
            caller,
            overrides,
            lookup: None,
            is_of_request: false,
        }
    }
}

/// A lookup that doesn't borrow anything, so a [`Watch`](crate::Watch) can keep it.
pub(crate) type Lookup<T> = Pin<Box<dyn Future<Output = Resolution<Caller<T>>> + Send>>;

/// Looks up the caller of an open connection.
pub(crate) trait LookupAgain<T>: Send + Sync {
    fn look_up(self: Arc<Self>) -> Lookup<T>;

    /// Registers a signal with the source. Returns `None` if the source can't report changes of the caller.
    fn register(&self, caller: &Caller<T>, signal: &ChangeSignal) -> Option<Registration>;

    /// Returns how often to look up the caller even if nothing seems to have changed.
    fn interval(&self) -> Duration;

    /// Returns when the source last responded to a lookup of any connection.
    fn last_response(&self) -> Option<Instant>;

    /// Returns how long the connection stays open while the source is unavailable.
    fn outage_grace(&self) -> Duration;
}
