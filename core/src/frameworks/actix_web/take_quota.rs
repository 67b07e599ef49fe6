//! Deducts the cost of calls to actix-web handlers.

use crate::access::caller::Caller;
use crate::access::guard::Admission;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
#[cfg(feature = "redis")]
use crate::frameworks::actix_web::held_body::{HeldBody, hold_body};
use crate::frameworks::actix_web::quota_headers::client_address;
#[cfg(feature = "source")]
use crate::frameworks::shared_lookup::key_of_nameless_caller;
#[cfg(feature = "redis")]
use crate::quota::in_request::RequestQuotas;
use crate::quota::in_request::{QuotaCall, QuotasExpected, Taking};
use crate::quota::quotas::Quotas;
use crate::tier::Tier;
use actix_web::dev::Payload;
use actix_web::{HttpMessage, HttpRequest};
#[cfg(feature = "redis")]
use {std::rc::Rc, tokio::sync::Mutex};

/// A call that passed the tier check but hasn't been deducted from the quotas yet.
///
/// actix-web calls `from_request` of all extractors before it polls their futures. If a guard deducted the
/// call in `from_request`, later guards would deduct a call that the first guard refuses.
pub(super) struct CheckedCall<T> {
    pub(super) request: HttpRequest,
    endpoint: Endpoint,
    caller: Caller<T>,
    admission: Admission<T>,
    /// The body, if the handler's other extractors could read it while the call waits for a shared store.
    #[cfg(feature = "redis")]
    held_body: Option<HeldBody>,
}

impl<T: Tier> CheckedCall<T> {
    #[cfg_attr(not(feature = "redis"), allow(unused_variables))]
    pub(super) fn new(
        request: &HttpRequest,
        payload: &mut Payload,
        endpoint: Endpoint,
        caller: Caller<T>,
        admission: Admission<T>,
    ) -> Self {
        Self {
            request: request.clone(),
            endpoint,
            caller,
            admission,
            #[cfg(feature = "redis")]
            held_body: may_wait(request).then(|| hold_body(payload)),
        }
    }

    /// Deducts the cost of the call from counters in memory. Returns `None` if the counters are in a shared
    /// store.
    pub(super) fn take_at_once(&self) -> Option<Result<(), Refusal>> {
        #[cfg(feature = "redis")]
        if self.held_body.is_some() {
            return None;
        }
        match take_quota(self.endpoint, &self.caller, &self.request) {
            Taking::Done(taken) => Some(taken),
            Taking::Waiting(..) => None,
        }
    }

    pub(super) async fn take(&self) -> Result<(), Refusal> {
        take_in_turn(self.endpoint, &self.caller, &self.request).await
    }

    /// Lets the other extractors read the body if the quotas allow the call.
    pub(super) fn conclude(self, taken: Result<(), Refusal>) -> Result<Admission<T>, Refusal> {
        taken?;
        #[cfg(feature = "redis")]
        if let Some(held_body) = self.held_body {
            held_body.release();
        }
        Ok(self.admission)
    }
}

/// Returns whether the call may have to wait for a shared store.
#[cfg(feature = "redis")]
fn may_wait(request: &HttpRequest) -> bool {
    let extensions = request.extensions();
    let quotas = extensions.get::<RequestQuotas>();
    quotas.is_some_and(|quotas| quotas.quotas().is_shared())
}

/// Deducts the cost of a call from the quotas of the request.
///
/// actix-web polls the futures of all extractors until one of them fails. If the first guard waits for a
/// shared store, the later guards wait for the first one. If it refuses the call, they deduct nothing.
pub(super) async fn take_in_turn<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    request: &HttpRequest,
) -> Result<(), Refusal> {
    #[cfg(feature = "redis")]
    let turns = may_wait(request).then(|| turns_of(request));
    #[cfg(feature = "redis")]
    let _turn = match &turns {
        Some(Turns(turns)) => Some(turns.lock().await),
        None => None,
    };
    take_quota(endpoint, caller, request).await
}

/// Makes the guards of a request access a shared store one after another.
#[cfg(feature = "redis")]
#[derive(Clone, Default)]
struct Turns(Rc<Mutex<()>>);

#[cfg(feature = "redis")]
fn turns_of(request: &HttpRequest) -> Turns {
    let mut extensions = request.extensions_mut();
    if let Some(turns) = extensions.get::<Turns>() {
        return turns.clone();
    }
    let turns = Turns::default();
    extensions.insert(turns.clone());
    turns
}

fn take_quota<T: Tier>(endpoint: Endpoint, caller: &Caller<T>, request: &HttpRequest) -> Taking {
    #[cfg(feature = "source")]
    let api_key = key_of_nameless_caller(caller, || request.extensions().get().cloned());
    let extensions = request.extensions();
    let call = QuotaCall {
        endpoint,
        caller,
        overrides: extensions.get(),
        #[cfg(feature = "source")]
        api_key: api_key.as_ref(),
        address: |quotas: &Quotas| client_address(quotas, request),
    };
    let are_expected = || request.app_data::<QuotasExpected>().is_some();
    call.take(extensions.get(), are_expected)
}
