//! Looks up the caller in frameworks whose extractors can't change the request.

use crate::access::check::Resolution;
use crate::source::caller_lookup::{Resolved, Settings};
use crate::source::source_error::SourceError;
use crate::tier::Tier;
use http::request::Parts;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The lookup that a [`TierLayer`](crate::TierLayer) inserts into each request of these frameworks.
///
/// If several extractors need the result, such as two guards of one handler, the first one performs the
/// lookup and the others wait for it.
pub(crate) struct SharedLookup<T> {
    settings: Arc<Settings<T>>,
    state: Mutex<State<T>>,
}

struct State<T> {
    resolved: Option<Resolved<T>>,
    is_in_progress: bool,
    waiting: Vec<Waker>,
}

impl<T: Tier> SharedLookup<T> {
    pub(super) fn new(settings: Arc<Settings<T>>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(State {
                resolved: None,
                is_in_progress: false,
                waiting: Vec::new(),
            }),
        })
    }

    /// Looks up the caller, unless another extractor has done so.
    ///
    /// `head` returns the request head in which the source looks for a key. If it returns `None`, the
    /// caller is unknown.
    pub(super) async fn resolve(&self, head: impl FnOnce() -> Option<Parts>) -> Resolution<T> {
        let resolved = match self.resolved_or_turn().await {
            Some(resolved) => resolved,
            None => {
                let turn = Turn(self);
                let resolved = match head() {
                    Some(head) => self.settings.look_up(&head).await,
                    None => Resolved::without_key(Err(SourceError::UnknownCaller)),
                };
                self.lock().resolved = Some(resolved.clone());
                drop(turn);
                resolved
            }
        };
        resolved.resolution(self.settings.retry_after)
    }

    /// Returns the result of the lookup, or `None` if this extractor must perform it.
    async fn resolved_or_turn(&self) -> Option<Resolved<T>> {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.resolved.is_some() {
                Poll::Ready(state.resolved.clone())
            } else if state.is_in_progress {
                state.waiting.push(context.waker().clone());
                Poll::Pending
            } else {
                state.is_in_progress = true;
                Poll::Ready(None)
            }
        })
        .await
    }

    /// Returns the result if the lookup has finished.
    #[cfg(feature = "actix-web")]
    pub(super) fn finished(&self) -> Option<Resolution<T>> {
        let retry_after = self.settings.retry_after;
        let resolved = self.lock().resolved.clone()?;
        Some(resolved.resolution(retry_after))
    }

    /// Returns a new lookup with the same settings.
    #[cfg(feature = "actix-web")]
    pub(super) fn restarted(&self) -> Arc<Self> {
        Self::new(self.settings.clone())
    }

    /// Returns the name for logs of the caller with this id, if the lookup found the caller.
    pub(super) fn name_in_logs(&self, id: Option<&str>) -> Option<String> {
        self.lock().resolved.as_ref()?.name_in_logs(id)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code panics while it holds this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the lookup as in progress. Dropping it wakes the waiting extractors, even if the request was
/// cancelled. One of them then performs the lookup if it has no result yet.
struct Turn<'a, T: Tier>(&'a SharedLookup<T>);

impl<T: Tier> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.lock();
            state.is_in_progress = false;
            std::mem::take(&mut state.waiting)
        };
        for waker in waiting {
            waker.wake();
        }
    }
}

/// Builds a request head of the `http` crate from another framework's types.
#[cfg(any(feature = "actix-web", feature = "rocket"))]
pub(super) fn head<'a>(
    method: &str,
    uri: &str,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Option<Parts> {
    use http::{HeaderName, HeaderValue, Method, Uri};

    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = Method::from_bytes(method.as_bytes()).ok()?;
    head.uri = uri.parse::<Uri>().ok()?;
    for (name, value) in headers {
        let name = HeaderName::try_from(name).ok()?;
        head.headers
            .append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(head)
}
