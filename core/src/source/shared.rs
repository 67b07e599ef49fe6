//! The question who is calling, for the frameworks in which an extractor cannot change the request.

use super::layer::Settings;
use super::question::Told;
use super::{Caller, SourceError};
use crate::{Gated, Guard, Refusal, Tier};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a [`TierLayer`](super::TierLayer) leaves in a request of these frameworks.
pub(crate) struct Question<T> {
    settings: Arc<Settings<T>>,
    told: Mutex<Option<Told<T>>>,
}

impl<T: Tier> Question<T> {
    pub(super) fn new(settings: Arc<Settings<T>>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            told: Mutex::new(None),
        })
    }

    /// Asks who is calling, unless that is known, and checks the tier. `head` is the request as keys
    /// are looked for in it; one that has no such form is nobody's.
    pub(super) async fn check<E: Gated<Tier = T>>(
        &self,
        head: impl FnOnce() -> Option<Parts>,
    ) -> Result<Guard<E>, Refusal> {
        let known = self.lock().clone();
        let told = match known {
            Some(told) => told,
            None => {
                let told = match head() {
                    Some(head) => self.settings.ask(&head).await,
                    None => Told::of_nobody(Err(SourceError::UnknownCaller)),
                };
                *self.lock() = Some(told.clone());
                told
            }
        };
        told.guard(&self.settings)
    }

    /// The caller, if the source was asked and knows one.
    pub(super) fn caller(&self) -> Option<Caller<T>> {
        self.lock().as_ref()?.answer.clone().ok()
    }

    /// What to call the caller in a log, if the source was asked.
    pub(super) fn name(&self) -> Option<String> {
        self.lock().as_ref()?.name()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Told<T>>> {
        // Nothing can panic while the lock is held.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's head that is put together from what another framework has.
pub(super) fn head<'a>(
    method: &str,
    uri: &str,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Option<Parts> {
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = Method::from_bytes(method.as_bytes()).ok()?;
    head.uri = uri.parse::<Uri>().ok()?;
    for (name, value) in headers {
        let name = HeaderName::try_from(name).ok()?;
        head.headers
            .append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(head)
}
