//! The question who is calling, for the frameworks in which an extractor cannot change the request.

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

/// What a [`TierLayer`](super::TierLayer) leaves in a request of these frameworks. Of several who
/// want the answer, as two guards of one handler, one asks, and the others wait for it.
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

    /// Asks who is calling, unless that is known, and checks the tier. `head` is the request as keys
    /// are looked for in it; one that has no such form is nobody's.
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

    /// Looks up the caller before a guard asks.
    #[cfg(feature = "actix-web")]
    pub(super) async fn ask(&self, head: &Parts) {
        let told = self.settings.ask(head).await;
        self.lock().told = Some(told);
    }

    /// Checks the tier, if the caller was looked up.
    #[cfg(feature = "actix-web")]
    pub(super) fn check_now<E: Gated<Tier = T>>(&self) -> Option<Result<Guard<E>, Refusal>> {
        let told = self.lock().told.clone()?;
        Some(self.judge(&told))
    }

    /// The same question, not asked yet.
    #[cfg(feature = "actix-web")]
    pub(super) fn again(&self) -> Arc<Self> {
        Self::new(self.settings.clone())
    }

    /// The answer, or `None` if it is the caller's turn to ask.
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

    /// The caller, if the source was asked and knows one. An answer on its way is waited for.
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

    /// The caller, if the source was asked and knows one.
    pub(super) fn caller(&self) -> Option<Caller<T>> {
        self.lock().told.as_ref()?.answer.clone().ok()
    }

    /// What to call the caller in a log, if the source was asked.
    pub(super) fn name(&self) -> Option<String> {
        self.lock().told.as_ref()?.name()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing can panic while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose turn it is to ask. When it is over, also because nobody waits for the request any more, the
/// others look again.
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

/// A request's head that is put together from what another framework has.
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
