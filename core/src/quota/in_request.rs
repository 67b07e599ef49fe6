//! The quotas that a layer adds to a request, and how the request's guards use them.

use crate::access::caller::Caller;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::quota::identity::CallerIdentity;
use crate::quota::quotas::Quotas;
use crate::quota::request::{QuotaCheck, QuotaOutcome, QuotaRequest, WaitingCheck};
use crate::quota::state::QuotaState;
#[cfg(feature = "source")]
use crate::source::api_key::ApiKey;
use crate::tier::Tier;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

/// The quotas of a request. Clones share the results of the request's guards, so the layer that added the
/// quotas can report the results to the client.
#[derive(Clone)]
pub(crate) struct RequestQuotas(Arc<Shared>);

struct Shared {
    quotas: Quotas,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    /// The content of the response's headers.
    state: Option<QuotaState>,
    /// The endpoints for which an outer layer has deducted the cost, but whose guard hasn't run yet.
    prepaid: Vec<Endpoint>,
}

/// Marks a request to a catalogue that has a quota. Guards then notice a missing layer.
#[cfg(any(feature = "actix-web", feature = "axum"))]
#[derive(Clone, Copy)]
pub(crate) struct QuotasExpected;

impl RequestQuotas {
    pub(crate) fn new(quotas: &Quotas) -> Self {
        Self(Arc::new(Shared {
            quotas: quotas.clone(),
            taken: Mutex::default(),
        }))
    }

    /// Returns the quotas that a layer adds to a request. `outer` contains the quotas that the next outer
    /// layer has added. If both layers have the same quotas, a call is counted only once.
    #[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
    pub(crate) fn of_layer(quotas: &Quotas, outer: Option<&Self>) -> Self {
        let same = outer.filter(|outer| outer.quotas().is_same(quotas));
        same.cloned().unwrap_or_else(|| Self::new(quotas))
    }

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    /// Calls this function with the state of the request's last call, if that call was limited.
    #[cfg(feature = "rocket")]
    pub(crate) fn with_state(&self, then: impl FnOnce(&QuotaState)) {
        if let Some(state) = &self.lock().state {
            then(state);
        }
    }

    /// Returns the state of the request's last call, for the response's headers.
    #[cfg(any(feature = "_http", feature = "actix-web"))]
    pub(crate) fn take_state(&self) -> Option<QuotaState> {
        self.lock().state.take()
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // No code panics while it holds this lock, so a poisoned lock can be ignored.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn conclude(&self, outcome: QuotaOutcome) -> Result<(), Refusal> {
        if outcome.state.is_limited() {
            self.lock().state = Some(outcome.state);
        }
        outcome.refusal.map_or(Ok(()), Err)
    }

    /// Records that a layer has deducted the cost of a call to this endpoint. The guard behind it then
    /// doesn't deduct the cost again.
    #[cfg(feature = "tower")]
    pub(crate) fn prepay(&self, endpoint: Endpoint) {
        self.lock().prepaid.push(endpoint);
    }

    /// Returns whether an outer layer has deducted the cost of this call. Returns true once for each
    /// [`prepay`](Self::prepay), because a second guard of the endpoint is a second call.
    fn use_prepaid(&self, endpoint: Endpoint) -> bool {
        let prepaid = &mut self.lock().prepaid;
        let position = prepaid.iter().position(|prepaid| *prepaid == endpoint);
        position
            .map(|position| prepaid.swap_remove(position))
            .is_some()
    }
}

/// A call that passed the tier check.
pub(crate) struct QuotaCall<'a, T, A> {
    pub(crate) endpoint: Endpoint,
    pub(crate) caller: &'a Caller<T>,
    /// The overrides of the request, which may change the caller's limits.
    pub(crate) overrides: Option<&'a Overrides<T>>,
    /// The API key of a known caller without an id.
    #[cfg(feature = "source")]
    pub(crate) api_key: Option<&'a ApiKey>,
    /// Returns the address of the client.
    pub(crate) address: A,
}

impl<T: Tier, A: FnOnce(&Quotas) -> Option<IpAddr>> QuotaCall<'_, T, A> {
    /// Deducts the cost of the call. Pass the quotas of the request. `are_expected` returns whether the
    /// endpoint's catalogue has a quota.
    pub(crate) fn take(
        self,
        quotas: Option<&RequestQuotas>,
        are_expected: impl Fn() -> bool,
    ) -> Taking {
        let endpoint = self.endpoint;
        let Some(quotas) = quotas else {
            if !endpoint.has_limits() && !are_expected() {
                return Taking::Done(Ok(()));
            }
            log_missing_layer(endpoint);
            return Taking::Done(Err(Refusal::MissingQuotaLayer(endpoint)));
        };
        if quotas.use_prepaid(endpoint) {
            return Taking::Done(Ok(()));
        }
        // The tier check uses the same clock.
        let now = || self.overrides.map_or_else(SystemTime::now, Overrides::now);
        let mut request = QuotaRequest::new(endpoint, self.caller, now);
        #[cfg(feature = "source")]
        if request.identity.is_none() {
            request.identity = self.api_key.map(CallerIdentity::key);
        }
        if request.identity.is_none() {
            let address = (self.address)(quotas.quotas());
            request.identity = address.map(CallerIdentity::address);
        }
        let special = |overrides: &Overrides<T>| overrides.special_limits(self.caller, endpoint);
        request.special = self.overrides.and_then(special);
        match quotas.quotas().check(&request, are_expected) {
            QuotaCheck::Done(outcome) => Taking::Done(quotas.conclude(outcome)),
            QuotaCheck::Waiting(check) => Taking::Waiting(check, quotas.clone()),
        }
    }
}

/// The future result of [`QuotaCall::take`]. If the counters are in memory, the result is available at once.
pub(crate) enum Taking {
    Done(Result<(), Refusal>),
    Waiting(WaitingCheck, RequestQuotas),
}

impl Future for Taking {
    type Output = Result<(), Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Done(result) => Poll::Ready(*result),
            Self::Waiting(check, quotas) => {
                let outcome = ready!(check.as_mut().poll(context));
                Poll::Ready(quotas.conclude(outcome))
            }
        }
    }
}

/// Logs that no layer added quotas, which is a bug in the application.
#[cold]
fn log_missing_layer(endpoint: Endpoint) {
    tracing::error!(
        endpoint = endpoint.name(),
        file = endpoint.file(),
        line = endpoint.line(),
        "refused a call to {endpoint} because it is limited and no layer counts its calls; add `Quotas` as a layer, outside of this route"
    );
}
