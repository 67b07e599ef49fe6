//! Implements the guard as an actix-web extractor.

use crate::access::caller::Caller;
use crate::access::check::{Request, Resolution};
use crate::access::guard::{Admission, Guard};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use crate::endpoint::need::Need;
use crate::frameworks::actix_web::audit_mounts::intercept_audit;
use crate::frameworks::actix_web::caller::{ADVICE, known_caller, name_in_logs};
use crate::frameworks::actix_web::on_refusal::custom_response;
#[cfg(all(feature = "quota", feature = "source"))]
use crate::frameworks::actix_web::take_quota::take_in_turn;
use crate::frameworks::problem::Problem;
#[cfg(feature = "watch")]
use crate::frameworks::shared_lookup::connection;
use crate::tier::Tier;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
#[cfg(feature = "source")]
use {
    crate::frameworks::actix_web::caller::resolve,
    crate::frameworks::actix_web::held_body::hold_body,
};
#[cfg(feature = "quota")]
use {crate::frameworks::actix_web::take_quota::CheckedCall, crate::quota::in_program::may_limit};

/// Lets a request through if the tier of the [`Caller`](crate::Caller) is at least the handler's tier.
///
/// The error contains the finished response. The [`on_refusal`](fn@super::on_refusal) function of the
/// app or scope creates this response. Without such a function, the function passed to
/// [`set_on_refusal`](super::set_on_refusal) creates it. If neither function is set, the response is
/// the [`Problem`] document.
impl<E: Gated> FromRequest for Guard<E> {
    type Error = Error;
    type Future = Checking<E>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Checking(match intercept_audit(request, E::ENDPOINT) {
            Some(audit_response) => CheckingStep::done(Err(audit_response)),
            None => start_check(request, payload, E::ENDPOINT, &E::NEED),
        })
    }
}

/// Starts the extractor's tier check. This function is generic only over the tier enum, so it is compiled once
/// per enum instead of once per handler.
#[cfg_attr(
    not(any(feature = "quota", feature = "source")),
    allow(unused_variables)
)]
fn start_check<T: Tier>(
    request: &HttpRequest,
    payload: &mut Payload,
    endpoint: Endpoint,
    need: &'static Need,
) -> CheckingStep<T> {
    #[cfg(feature = "source")]
    let Some(resolution) = known_caller(request) else {
        return look_up_and_check(request, payload, endpoint, need);
    };
    #[cfg(not(feature = "source"))]
    let resolution = known_caller(request).unwrap_or(Resolution::MissingLayer);
    let checked = check_caller(request, endpoint, need, resolution.as_ref());
    #[cfg(feature = "quota")]
    let checked = match (checked, resolution) {
        (Ok(admission), Resolution::Caller(caller)) if may_limit(endpoint) => {
            let call = CheckedCall::new(request, payload, endpoint, caller, admission);
            return CheckingStep::Checked(Some(call));
        }
        (checked, _) => checked,
    };
    CheckingStep::done(checked)
}

/// Looks up the caller, checks the tier, and deducts the cost of the call from the quotas. The handler's other
/// extractors can't read the body until all of this has succeeded.
#[cfg(feature = "source")]
fn look_up_and_check<T: Tier>(
    request: &HttpRequest,
    payload: &mut Payload,
    endpoint: Endpoint,
    need: &'static Need,
) -> CheckingStep<T> {
    let request = request.clone();
    let held_body = hold_body(payload);
    CheckingStep::waiting(async move {
        let resolution = resolve(&request, Some(endpoint)).await;
        let admission = check_caller(&request, endpoint, need, resolution.as_ref())?;
        #[cfg(feature = "quota")]
        if let Some(caller) = resolution.as_ref().caller()
            && may_limit(endpoint)
        {
            let taken = take_in_turn(endpoint, caller, &request).await;
            taken.map_err(|refusal| refusal_error(refusal, &request))?;
        }
        held_body.release();
        Ok(admission)
    })
}

fn check_caller<T: Tier>(
    request: &HttpRequest,
    endpoint: Endpoint,
    need: &'static Need,
    resolution: Resolution<&Caller<T>>,
) -> Result<Admission<T>, Error> {
    let checked = {
        let extensions = request.extensions();
        let check = Request {
            endpoint,
            need: Some(need),
            overrides: extensions.get::<Overrides<T>>(),
            name: |id: Option<&str>| name_in_logs::<T>(request, id),
            advice: ADVICE,
        };
        check.check(resolution)
    };
    let permit = checked.map_err(|refusal| refusal_error(refusal, request))?;
    Ok(Admission {
        permit,
        #[cfg(feature = "watch")]
        connection: {
            let extensions = request.extensions();
            let lookup = || extensions.get().cloned();
            connection(endpoint, resolution.caller(), extensions.get(), lookup)
        },
    })
}

#[cold]
fn refusal_error(refusal: Refusal, request: &HttpRequest) -> Error {
    let response = custom_response(&refusal, request)
        .unwrap_or_else(|| Problem::new(&refusal).instance(request.path()).into());
    InternalError::from_response(refusal, response).into()
}

/// The guard extractor's future. It is ready immediately, unless the guard waits for a tier source or for
/// a shared store of quotas.
pub struct Checking<E: Gated>(CheckingStep<E::Tier>);

enum CheckingStep<T> {
    Done(Ready<Result<Admission<T>, Error>>),
    /// The tier is high enough.
    #[cfg(feature = "quota")]
    Checked(Option<CheckedCall<T>>),
    #[cfg(any(feature = "quota", feature = "source"))]
    Waiting(Pin<Box<dyn Future<Output = Result<Admission<T>, Error>>>>),
}

impl<T: Tier> CheckingStep<T> {
    fn done(checked: Result<Admission<T>, Error>) -> Self {
        Self::Done(ready(checked))
    }

    #[cfg(any(feature = "quota", feature = "source"))]
    fn waiting(checked: impl Future<Output = Result<Admission<T>, Error>> + 'static) -> Self {
        Self::Waiting(Box::pin(checked))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Admission<T>, Error>> {
        #[cfg(feature = "quota")]
        if let Self::Checked(call) = self
            && let Some(call) = call.take()
        {
            *self = take_from_quotas(call);
        }
        match self {
            Self::Done(done) => Pin::new(done).poll(context),
            // Never reached, because the code above replaces this step.
            #[cfg(feature = "quota")]
            Self::Checked(_) => Poll::Pending,
            #[cfg(any(feature = "quota", feature = "source"))]
            Self::Waiting(waiting) => waiting.as_mut().poll(context),
        }
    }
}

#[cfg(feature = "quota")]
fn take_from_quotas<T: Tier>(call: CheckedCall<T>) -> CheckingStep<T> {
    let conclude = |call: CheckedCall<T>, taken: Result<(), Refusal>| {
        let request = call.request.clone();
        let concluded = call.conclude(taken);
        concluded.map_err(|refusal| refusal_error(refusal, &request))
    };
    match call.take_at_once() {
        Some(taken) => CheckingStep::done(conclude(call, taken)),
        None => CheckingStep::waiting(async move {
            let taken = call.take().await;
            conclude(call, taken)
        }),
    }
}

/// No part of the guard needs to be pinned.
impl<E: Gated> Unpin for Checking<E> {}

impl<E: Gated> Future for Checking<E> {
    type Output = Result<Guard<E>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let checked = self.0.poll(context);
        checked.map(|checked| checked.map(Guard::after_check))
    }
}

impl<E: Gated> fmt::Debug for Checking<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checking").finish_non_exhaustive()
    }
}
