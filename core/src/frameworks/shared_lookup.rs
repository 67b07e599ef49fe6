//! Shares a request's caller lookup between extractors, in frameworks whose extractors can't change the
//! request.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
#[cfg(feature = "quota")]
use crate::source::api_key::ApiKey;
use crate::source::caller_lookup::{Resolved, Settings};
use crate::source::source_error::SourceError;
use crate::tier::Tier;
#[cfg(feature = "watch")]
use crate::{
    access::overrides::Overrides, access::watch::connection::Connection,
    access::watch::connection::LookupAgain, endpoint::Endpoint,
};
use http::request::Parts;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The caller lookup that a [`TierLayer`](crate::TierLayer) inserts into each request.
///
/// If several extractors need the result, for example because a handler has two guards, the first
/// extractor performs the lookup and the others wait for its result.
pub(crate) struct SharedLookup<T> {
    settings: Arc<Settings<T>>,
    state: Mutex<LookupState<T>>,
}

struct LookupState<T> {
    resolved: Option<Resolved<T>>,
    is_in_progress: bool,
    waiting_extractors: Vec<Waker>,
}

impl<T: Tier> SharedLookup<T> {
    pub(super) fn new(settings: Arc<Settings<T>>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(LookupState {
                resolved: None,
                is_in_progress: false,
                waiting_extractors: Vec::new(),
            }),
        })
    }

    /// Looks up the caller, unless another extractor has already done so.
    ///
    /// `request_head` is a function that returns the request head from which the key is extracted. If
    /// the function returns `None`, the caller is unknown.
    pub(super) async fn resolve(
        &self,
        request_head: impl FnOnce() -> Option<Parts>,
    ) -> Resolution<Caller<T>> {
        let resolved = match self.resolved_or_lookup_turn().await {
            Some(resolved) => resolved,
            None => {
                let lookup_turn = LookupTurn(self);
                let resolved = match request_head() {
                    Some(head) => self.settings.look_up(&head).await,
                    None => Resolved::without_key(Err(SourceError::UnknownCaller)),
                };
                self.lock().resolved = Some(resolved.clone());
                drop(lookup_turn);
                resolved
            }
        };
        resolved.resolution(self.settings.retry_after)
    }

    /// Waits while another extractor performs the lookup. Returns the lookup's result, or `None` if it
    /// is this extractor's turn to perform the lookup.
    async fn resolved_or_lookup_turn(&self) -> Option<Resolved<T>> {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.resolved.is_some() {
                Poll::Ready(state.resolved.clone())
            } else if state.is_in_progress {
                state.waiting_extractors.push(context.waker().clone());
                Poll::Pending
            } else {
                state.is_in_progress = true;
                Poll::Ready(None)
            }
        })
        .await
    }

    /// Returns the lookup's result, or `None` if the lookup hasn't finished yet.
    #[cfg(feature = "actix-web")]
    pub(super) fn finished(&self) -> Option<Resolution<Caller<T>>> {
        let retry_after = self.settings.retry_after;
        let resolved = self.lock().resolved.clone()?;
        Some(resolved.resolution(retry_after))
    }

    /// Returns a new lookup with the same settings as this lookup.
    #[cfg(feature = "actix-web")]
    pub(super) fn restarted(&self) -> Arc<Self> {
        Self::new(self.settings.clone())
    }

    /// Returns the name that logs use for the caller with this id, or `None` if the lookup didn't
    /// return that caller.
    pub(super) fn name_in_logs(&self, id: Option<&str>) -> Option<String> {
        self.lock().resolved.as_ref()?.name_in_logs(id)
    }

    /// Returns the data that a connection needs to look up this caller again, or `None` if the lookup didn't
    /// return the caller.
    #[cfg(feature = "watch")]
    fn look_up_again(&self, caller: &Caller<T>) -> Option<Arc<dyn LookupAgain<T>>> {
        let state = self.lock();
        let resolved = state.resolved.as_ref()?;
        resolved.look_up_again(&self.settings, caller)
    }

    fn lock(&self) -> MutexGuard<'_, LookupState<T>> {
        // No code panics while it holds this lock, so a poisoned lock can be ignored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the API key of a known caller without an id, or `None` if the request's lookup didn't return that
/// caller.
#[cfg(feature = "quota")]
pub(super) fn key_of_nameless_caller<T: Tier>(
    caller: &Caller<T>,
    lookup: impl FnOnce() -> Option<Arc<SharedLookup<T>>>,
) -> Option<ApiKey> {
    if caller.id().is_some() {
        return None;
    }
    let lookup = lookup()?;
    let state = lookup.lock();
    state.resolved.as_ref()?.key_of_nameless_caller().cloned()
}

/// Returns the data that the handler needs to watch its connection, or `None` if the handler can't watch it.
/// `caller` is the caller that the guard checked.
#[cfg(feature = "watch")]
pub(super) fn connection<T: Tier>(
    endpoint: Endpoint,
    caller: Option<&Caller<T>>,
    overrides: Option<&Overrides<T>>,
    lookup: impl FnOnce() -> Option<Arc<SharedLookup<T>>>,
) -> Option<Arc<Connection<T>>> {
    let caller = caller.filter(|_| endpoint.has_named_guard())?;
    Some(Arc::new(Connection {
        caller: caller.clone(),
        overrides: overrides.cloned(),
        lookup: lookup().and_then(|lookup| lookup.look_up_again(caller)),
        is_of_request: true,
    }))
}

/// Marks the lookup as in progress while one extractor performs it. Dropping this value wakes the
/// extractors that wait for the result. If the lookup was cancelled and has no result, one of the
/// waiting extractors performs it instead.
struct LookupTurn<'a, T: Tier>(&'a SharedLookup<T>);

impl<T: Tier> Drop for LookupTurn<'_, T> {
    fn drop(&mut self) {
        let waiting_extractors = {
            let mut state = self.0.lock();
            state.is_in_progress = false;
            std::mem::take(&mut state.waiting_extractors)
        };
        for waker in waiting_extractors {
            waker.wake();
        }
    }
}
