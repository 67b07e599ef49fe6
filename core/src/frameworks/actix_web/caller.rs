//! Finds out who is calling, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use std::pin::Pin;
#[cfg(feature = "source")]
use {
    crate::frameworks::actix_web::checked_head::{CheckedHead, head},
    crate::frameworks::shared_lookup::SharedLookup,
    std::sync::Arc,
};

/// Returns who is calling, or `None` if a tier source must look up the caller.
#[cfg_attr(not(feature = "source"), allow(clippy::unnecessary_wraps))]
pub(super) fn known<T: Tier>(request: &HttpRequest) -> Option<Resolution<T>> {
    let caller = request.extensions().get::<Caller<T>>().cloned();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, lookup::<T>(request)) {
        return lookup.finished();
    }
    Some(Resolution::from(caller))
}

/// Returns the lookup of this request. Starts a new one if a middleware has changed the request since the
/// lookup.
#[cfg(feature = "source")]
fn lookup<T: Tier>(request: &HttpRequest) -> Option<Arc<SharedLookup<T>>> {
    let mut extensions = request.extensions_mut();
    let lookup = extensions.get::<Arc<SharedLookup<T>>>()?.clone();
    let checked = extensions.get::<CheckedHead<T>>();
    if checked.is_none_or(|checked| checked.is_head_of(request)) {
        return Some(lookup);
    }
    let lookup = lookup.restarted();
    extensions.remove::<CheckedHead<T>>();
    extensions.insert(lookup.clone());
    Some(lookup)
}

#[cfg_attr(not(feature = "source"), allow(clippy::unused_async))]
pub(super) async fn resolve<T: Tier>(request: &HttpRequest) -> Resolution<T> {
    let caller = request.extensions().get::<Caller<T>>().cloned();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, lookup::<T>(request)) {
        return lookup.resolve(|| head(request)).await;
    }
    Resolution::from(caller)
}

/// Returns the name for logs of the caller with this id, if a lookup for this request found the caller.
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

/// Extracts the caller. In a public handler behind a `TierLayer`, performs the lookup.
///
/// The error is a [`Problem`] document: 503 if the tier source is unavailable, or 500 if the stored tier
/// is invalid or no layer identifies callers.
impl<T: Tier> FromRequest for Caller<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            Problem::or_caller(resolve(&request).await).map_err(|problem| {
                let response = HttpResponse::from(*problem);
                InternalError::from_response("the caller is not known", response).into()
            })
        })
    }
}
