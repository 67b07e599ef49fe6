//! Determines the caller of an actix-web request, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
#[cfg(feature = "source")]
use crate::access::overrides::Overrides;
use crate::endpoint::Endpoint;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use std::pin::Pin;
#[cfg(feature = "source")]
use {
    crate::frameworks::actix_web::request_head::{LookedUpHead, request_head},
    crate::frameworks::shared_lookup::SharedLookup,
    std::sync::Arc,
};

/// How to add an authentication layer in this framework.
pub(super) const ADVICE: &str =
    "wrap the app or the scope of this route in your authentication middleware";

/// Returns the caller, or `None` if a tier source must look up the caller first.
#[cfg_attr(not(feature = "source"), allow(clippy::unnecessary_wraps))]
pub(super) fn known_caller<T: Tier>(request: &HttpRequest) -> Option<Resolution<Caller<T>>> {
    let caller = request.extensions().get::<Caller<T>>().cloned();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, shared_lookup::<T>(request)) {
        return lookup.finished();
    }
    Some(Resolution::from(caller))
}

/// Returns the caller lookup of this request. If a middleware has changed the request after the lookup,
/// returns a new lookup.
#[cfg(feature = "source")]
fn shared_lookup<T: Tier>(request: &HttpRequest) -> Option<Arc<SharedLookup<T>>> {
    let mut extensions = request.extensions_mut();
    let lookup = extensions.get::<Arc<SharedLookup<T>>>()?.clone();
    let looked_up_head = extensions.get::<LookedUpHead<T>>();
    if looked_up_head.is_none_or(|head| head.is_still_head_of(request)) {
        return Some(lookup);
    }
    let lookup = lookup.restarted();
    extensions.remove::<LookedUpHead<T>>();
    extensions.insert(lookup.clone());
    Some(lookup)
}

/// `endpoint` is the endpoint to check, if any. If an override closes it, no lookup runs.
#[cfg_attr(not(feature = "source"), allow(clippy::unused_async, unused_variables))]
pub(super) async fn resolve<T: Tier>(
    request: &HttpRequest,
    endpoint: Option<Endpoint>,
) -> Resolution<Caller<T>> {
    let caller = request.extensions().get::<Caller<T>>().cloned();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, shared_lookup::<T>(request)) {
        if endpoint.is_some_and(|endpoint| is_closed::<T>(request, endpoint)) {
            return Resolution::CLOSED;
        }
        return look_up(request, &lookup).await;
    }
    Resolution::from(caller)
}

/// Returns whether an override closes the endpoint. If so, its guard needs no caller.
#[cfg(feature = "source")]
pub(super) fn is_closed<T: Tier>(request: &impl HttpMessage, endpoint: Endpoint) -> bool {
    let extensions = request.extensions();
    let overrides = extensions.get::<Overrides<T>>();
    overrides.is_some_and(|overrides| overrides.closes(endpoint))
}

/// Looks up the caller, and stores the request head that was used for the lookup.
#[cfg(feature = "source")]
pub(super) async fn look_up<T: Tier>(
    request: &HttpRequest,
    lookup: &SharedLookup<T>,
) -> Resolution<Caller<T>> {
    let mut used_head = None;
    let resolution = lookup.resolve(|| {
        used_head = request_head(request);
        used_head.clone()
    });
    let resolution = resolution.await;
    if let Some(head) = used_head {
        let looked_up_head = LookedUpHead::<T>::new(request, head);
        request.extensions_mut().insert(looked_up_head);
    }
    resolution
}

/// Returns the name that logs use for the caller with this id, or `None` if this request's lookup
/// didn't return that caller.
#[cfg_attr(
    not(feature = "source"),
    allow(unused_variables, clippy::extra_unused_type_parameters)
)]
pub(super) fn name_in_logs<T: Tier>(request: &HttpRequest, id: Option<&str>) -> Option<String> {
    #[cfg(feature = "source")]
    let lookup = request.extensions().get::<Arc<SharedLookup<T>>>().cloned();
    #[cfg(feature = "source")]
    return lookup?.name_in_logs(id);
    #[cfg(not(feature = "source"))]
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, this extractor looks up the caller.
///
/// The error is a [`Problem`] document. Its status is 503 if the tier source is unavailable, and 500 if
/// the stored tier is invalid or if no layer identifies callers.
impl<T: Tier> FromRequest for Caller<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            Problem::or_caller(resolve(&request, None).await, ADVICE).map_err(|problem| {
                let response = HttpResponse::from(problem.instance(request.path()));
                InternalError::from_response("the caller is not known", response).into()
            })
        })
    }
}
