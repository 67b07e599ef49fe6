//! Looks up the caller in frameworks whose extractors can't change the request.

use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::source::resolved::Told;
use crate::source::settings::Settings;
use crate::source::{Caller, SourceError};
use crate::tier::Tier;
use http::request::Parts;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The lookup that a [`TierLayer`](super::TierLayer) inserts into each request of these frameworks.
///
/// If several extractors need the result, such as two guards of one handler, the first one performs the
/// lookup and the others wait for it.
pub(crate) struct Question<T> {
    settings: Arc<Settings<T>>,
    state: Mutex<State<T>>,
}

struct State<T> {
    told: Option<Told<T>>,
    is_asked: bool,
    waiting: Vec<Waker>,
}

impl<T: Tier> Question<T> {
    pub(super) fn new(settings: Arc<Settings<T>>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(State {
                told: None,
                is_asked: false,
                waiting: Vec::new(),
            }),
        })
    }

    /// Looks up the caller if no other guard has done so, and checks the tier.
    ///
    /// `head` returns the request head in which the source looks for a key. If it returns `None`, the
    /// caller is unknown.
    pub(super) async fn check<E: Gated<Tier = T>>(
        &self,
        head: impl FnOnce() -> Option<Parts>,
    ) -> Result<Guard<E>, Refusal> {
        let told = match self.told_or_turn().await {
            Some(told) => told,
            None => {
                let turn = Turn(self);
                let told = match head() {
                    Some(head) => self.settings.ask(&head).await,
                    None => Told::of_nobody(Err(SourceError::UnknownCaller)),
                };
                self.lock().told = Some(told.clone());
                drop(turn);
                told
            }
        };
        self.judge(&told)
    }

    fn judge<E: Gated<Tier = T>>(&self, told: &Told<T>) -> Result<Guard<E>, Refusal> {
        let tier = told.tier(E::ENDPOINT, self.settings.retry_after)?;
        Guard::check(tier).map_err(Refusal::Denied)
    }

    /// Looks up the caller before any guard runs.
    #[cfg(feature = "actix-web")]
    pub(super) async fn ask(&self, head: &Parts) {
        let told = self.settings.ask(head).await;
        self.lock().told = Some(told);
    }

    /// Checks the tier if the lookup has finished. Otherwise returns `None`.
    #[cfg(feature = "actix-web")]
    pub(super) fn check_now<E: Gated<Tier = T>>(&self) -> Option<Result<Guard<E>, Refusal>> {
        let told = self.lock().told.clone()?;
        Some(self.judge(&told))
    }

    /// Returns a new lookup with the same settings.
    #[cfg(feature = "actix-web")]
    pub(super) fn again(&self) -> Arc<Self> {
        Self::new(self.settings.clone())
    }

    /// Returns the result of the lookup, or `None` if this caller must perform it.
    async fn told_or_turn(&self) -> Option<Told<T>> {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.told.is_some() {
                Poll::Ready(state.told.clone())
            } else if state.is_asked {
                state.waiting.push(context.waker().clone());
                Poll::Pending
            } else {
                state.is_asked = true;
                Poll::Ready(None)
            }
        })
        .await
    }

    /// Returns the caller if the lookup found one. Waits for a lookup that is in progress.
    #[cfg(feature = "actix-web")]
    pub(super) async fn caller_when_told(&self) -> Option<Caller<T>> {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.told.is_none() && state.is_asked {
                state.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        self.caller()
    }

    /// Returns the caller if the lookup has finished and found one.
    pub(super) fn caller(&self) -> Option<Caller<T>> {
        self.lock().told.as_ref()?.answer.clone().ok()
    }

    /// Returns the caller's name for logs if the lookup has finished.
    pub(super) fn name(&self) -> Option<String> {
        self.lock().told.as_ref()?.name()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code panics while it holds this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the lookup as in progress. Dropping it wakes the waiting extractors, even if the request was
/// cancelled. One of them then performs the lookup if it has no result yet.
struct Turn<'a, T: Tier>(&'a Question<T>);

impl<T: Tier> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.lock();
            state.is_asked = false;
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
