//! Implements the guard as an actix-web extractor.

use crate::access::caller::Caller;
use crate::access::check::{Request, Resolution};
use crate::access::guard::Guard;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::frameworks::actix_web::audit_mounts::intercept_audit;
use crate::frameworks::actix_web::caller::{ADVICE, known_caller, name_in_logs};
use crate::frameworks::actix_web::on_refusal::custom_response;
use crate::frameworks::problem::Problem;
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

/// Lets a request through if the tier of the [`Caller`](crate::Caller) is at least the handler's tier.
///
/// The error contains the finished response. The [`on_refusal`](fn@super::on_refusal) function of the
/// app or scope creates this response. Without such a function, the function passed to
/// [`set_on_refusal`](super::set_on_refusal) creates it. If neither function is set, the response is
/// the [`Problem`] document.
impl<E: Gated> FromRequest for Guard<E> {
    type Error = Error;
    type Future = Checking<E>;

    #[cfg_attr(not(feature = "source"), allow(unused_variables))]
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if let Some(audit_response) = intercept_audit(request, E::ENDPOINT) {
            return Checking::done(Err(audit_response));
        }
        match known_caller(request) {
            Some(resolution) => Checking::done(check_guard(request, resolution.as_ref())),
            #[cfg(feature = "source")]
            None => look_up_and_check(request, payload),
            #[cfg(not(feature = "source"))]
            None => Checking::done(check_guard(request, Resolution::MissingLayer)),
        }
    }
}

/// Looks up the caller and checks the tier. The handler's other extractors can't read the body until
/// the check has succeeded.
#[cfg(feature = "source")]
fn look_up_and_check<E: Gated>(request: &HttpRequest, payload: &mut Payload) -> Checking<E> {
    let request = request.clone();
    let held_body = hold_body(payload);
    Checking::waiting(async move {
        let resolution = resolve(&request, Some(E::ENDPOINT)).await;
        let checked = check_guard(&request, resolution.as_ref());
        if checked.is_ok() {
            held_body.release();
        }
        checked
    })
}

fn check_guard<E: Gated>(
    request: &HttpRequest,
    resolution: Resolution<&Caller<E::Tier>>,
) -> Result<Guard<E>, Error> {
    let checked = {
        let extensions = request.extensions();
        let check = Request {
            endpoint: E::ENDPOINT,
            need: Some(&E::NEED),
            overrides: extensions.get::<Overrides<E::Tier>>(),
            name: |id: Option<&str>| name_in_logs::<E::Tier>(request, id),
            advice: ADVICE,
        };
        check.check(resolution)
    };
    checked
        .map(Guard::after_check)
        .map_err(|refusal| refusal_error(refusal, request))
}

#[cold]
fn refusal_error(refusal: Refusal, request: &HttpRequest) -> Error {
    let response = custom_response(&refusal, request)
        .unwrap_or_else(|| Problem::new(&refusal).instance(request.path()).into());
    InternalError::from_response(refusal, response).into()
}

type CheckedGuard<E> = Result<Guard<E>, Error>;

/// The guard extractor's future. It is ready immediately, unless a tier source must look up the caller.
pub struct Checking<E: Gated>(CheckingStep<E>);

enum CheckingStep<E: Gated> {
    Done(Ready<CheckedGuard<E>>),
    #[cfg(feature = "source")]
    Waiting(Pin<Box<dyn Future<Output = CheckedGuard<E>>>>),
}

impl<E: Gated> Checking<E> {
    pub(super) fn done(checked: CheckedGuard<E>) -> Self {
        Self(CheckingStep::Done(ready(checked)))
    }

    #[cfg(feature = "source")]
    pub(super) fn waiting(checked: impl Future<Output = CheckedGuard<E>> + 'static) -> Self {
        Self(CheckingStep::Waiting(Box::pin(checked)))
    }
}

impl<E: Gated> Future for Checking<E> {
    type Output = CheckedGuard<E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<CheckedGuard<E>> {
        match &mut self.0 {
            CheckingStep::Done(done) => Pin::new(done).poll(context),
            #[cfg(feature = "source")]
            CheckingStep::Waiting(waiting) => waiting.as_mut().poll(context),
        }
    }
}

impl<E: Gated> fmt::Debug for Checking<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checking").finish_non_exhaustive()
    }
}
