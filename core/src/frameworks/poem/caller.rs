//! Finds out who is calling, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use poem::{Error, FromRequest, IntoResponse, Request, RequestBody};
#[cfg(feature = "source")]
use {crate::frameworks::shared_lookup::SharedLookup, std::sync::Arc};

pub(super) async fn resolve<T: Tier>(request: &Request) -> Resolution<T> {
    let caller = request.extensions().get::<Caller<T>>();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (caller, lookup::<T>(request)) {
        return lookup.resolve(|| Some(head(request))).await;
    }
    Resolution::from(caller.cloned())
}

#[cfg(feature = "source")]
fn lookup<T: Tier>(request: &Request) -> Option<&SharedLookup<T>> {
    request
        .extensions()
        .get::<Arc<SharedLookup<T>>>()
        .map(|lookup| &**lookup)
}

#[cfg(feature = "source")]
fn head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = crate::frameworks::poem::uri::whole_uri(request).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}

/// Returns the name for logs of the caller with this id, if a lookup for this request found the caller.
#[cfg_attr(
    not(feature = "source"),
    allow(unused_variables, clippy::extra_unused_type_parameters)
)]
pub(super) fn name_in_logs<T: Tier>(request: &Request, id: Option<&str>) -> Option<String> {
    #[cfg(feature = "source")]
    return lookup::<T>(request)?.name_in_logs(id);
    #[cfg(not(feature = "source"))]
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, performs the lookup.
///
/// The error is a [`Problem`] document: 503 if the tier source is unavailable, or 500 if the stored tier
/// is invalid or no layer identifies callers.
impl<'a, T: Tier> FromRequest<'a> for Caller<T> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let caller = Problem::or_caller(resolve(request).await);
        caller.map_err(|problem| Error::from_response(problem.into_response()))
    }
}
