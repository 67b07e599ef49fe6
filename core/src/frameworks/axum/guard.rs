//! Implements the guard as an axum extractor.

use crate::access::caller::Caller;
use crate::access::check::{Request, Resolution};
use crate::access::guard::{Admission, Guard};
#[cfg(feature = "coverage")]
use crate::access::observer::Observer;
use crate::access::overrides::{self, Overrides};
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use crate::endpoint::need::Need;
#[cfg(feature = "source")]
use crate::frameworks::axum::caller::resolve;
use crate::frameworks::axum::caller::{ADVICE, name_in_logs};
use crate::frameworks::axum::on_refusal::custom_response;
use crate::frameworks::axum::whole_uri::whole_uri;
use crate::frameworks::connection_close::announce_close;
use crate::frameworks::problem::Problem;
#[cfg(feature = "watch")]
use crate::source::look_up_again::connection;
use crate::tier::Tier;
#[cfg(feature = "quota")]
use crate::{
    frameworks::quota_headers::connect_info,
    frameworks::take_quota::take_quota,
    quota::{in_program::may_limit, in_request::QuotasExpected},
};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets a request through if the tier of the [`Caller`](crate::Caller) is at least the handler's tier.
///
/// The rejection is the finished response. The router's [`on_refusal`](fn@super::on_refusal) function
/// creates this response. Without such a function, the function passed to
/// [`set_on_refusal`](super::set_on_refusal) creates it. If neither function is set, the response is
/// the [`Problem`] document.
impl<E, S> FromRequestParts<S> for Guard<E>
where
    E: Gated,
    S: Send + Sync,
{
    type Rejection = Response;

    fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> impl Future<Output = Result<Self, Response>> + Send {
        CheckingGuard {
            permit: check_caller(parts, E::ENDPOINT, &E::NEED),
            guard: PhantomData,
        }
    }
}

/// The extractor's tier check. This function is generic only over the tier enum, so it is compiled once
/// per enum instead of once per handler.
#[cfg_attr(not(feature = "source"), allow(clippy::unused_async))]
async fn check_caller<T: Tier>(
    parts: &mut Parts,
    endpoint: Endpoint,
    need: &'static Need,
) -> Result<Admission<T>, Response> {
    #[cfg(feature = "source")]
    let looked_up;
    let resolution = match parts.extensions.get::<Caller<T>>() {
        Some(caller) => Resolution::Caller(caller),
        #[cfg(feature = "source")]
        None => {
            looked_up = resolve(parts, Some(endpoint)).await;
            looked_up.as_ref()
        }
        #[cfg(not(feature = "source"))]
        None => Resolution::MissingLayer,
    };
    let request = Request {
        endpoint,
        need: Some(need),
        overrides: overrides::are_used()
            .then(|| parts.extensions.get::<Overrides<T>>())
            .flatten(),
        name: |id: Option<&str>| name_in_logs::<T>(&parts.extensions, id),
        advice: ADVICE,
    };
    let checked = request.check(resolution);
    #[cfg(feature = "coverage")]
    if let Some(observer) = parts.extensions.get::<Observer>() {
        observer.observe(endpoint, &checked);
    }
    let permit = checked.map_err(|refusal| refusal_response(&refusal, parts))?;
    #[cfg(feature = "quota")]
    if let Some(caller) = resolution.caller().filter(|_| may_limit(endpoint)) {
        let are_expected = || parts.extensions.get::<QuotasExpected>().is_some();
        let taken = take_quota(endpoint, caller, parts, connect_info, are_expected).await;
        taken.map_err(|refusal| refusal_response(&refusal, parts))?;
    }
    Ok(Admission {
        permit,
        #[cfg(feature = "watch")]
        connection: connection(endpoint, resolution.caller(), &parts.extensions),
    })
}

pin_project! {
    /// The guard extractor's future, which polls the tier check.
    struct CheckingGuard<E, F> {
        #[pin]
        permit: F,
        guard: PhantomData<fn() -> E>,
    }
}

impl<E, F> Future for CheckingGuard<E, F>
where
    E: Gated,
    F: Future<Output = Result<Admission<E::Tier>, Response>>,
{
    type Output = Result<Guard<E>, Response>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // This code is compiled once per handler. `map_ok` would add two more functions for each handler.
        match self.project().permit.poll(context) {
            Poll::Ready(Ok(admission)) => Poll::Ready(Ok(Guard::after_check(admission))),
            Poll::Ready(Err(refused)) => Poll::Ready(Err(refused)),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cold]
fn refusal_response(refusal: &Refusal, parts: &Parts) -> Response {
    let mut response = custom_response(refusal, parts).unwrap_or_else(|| {
        let path = whole_uri(&parts.extensions, &parts.uri).path();
        Problem::new(refusal).instance(path).into_response()
    });
    announce_close(parts.version, &parts.headers, response.headers_mut());
    response
}
