//! Determines the caller of a poem request, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::endpoint::Endpoint;
use crate::frameworks::poem::whole_uri::whole_uri;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use poem::{Error, FromRequest, IntoResponse, Request, RequestBody};
#[cfg(feature = "source")]
use {
    crate::access::overrides::Overrides, crate::frameworks::shared_lookup::SharedLookup,
    std::sync::Arc,
};

/// How to add an authentication layer in this framework.
pub(super) const ADVICE: &str = "add your authentication middleware to the route";

/// `endpoint` is the endpoint to check, if any. If an override closes it, no lookup runs.
#[cfg_attr(not(feature = "source"), allow(unused_variables))]
pub(super) async fn resolve<T: Tier>(
    request: &Request,
    endpoint: Option<Endpoint>,
) -> Resolution<Caller<T>> {
    let caller = request.extensions().get::<Caller<T>>();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (caller, shared_lookup::<T>(request)) {
        let overrides = request.extensions().get::<Overrides<T>>();
        if let (Some(overrides), Some(endpoint)) = (overrides, endpoint)
            && overrides.closes(endpoint)
        {
            return Resolution::CLOSED;
        }
        return lookup.resolve(|| Some(request_head(request))).await;
    }
    Resolution::from(caller.cloned())
}

#[cfg(feature = "source")]
fn shared_lookup<T: Tier>(request: &Request) -> Option<&SharedLookup<T>> {
    request
        .extensions()
        .get::<Arc<SharedLookup<T>>>()
        .map(|lookup| &**lookup)
}

#[cfg(feature = "source")]
fn request_head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = whole_uri(request).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}

/// Returns the name that logs use for the caller with this id, or `None` if this request's lookup
/// didn't return that caller.
#[cfg_attr(
    not(feature = "source"),
    allow(unused_variables, clippy::extra_unused_type_parameters)
)]
pub(super) fn name_in_logs<T: Tier>(request: &Request, id: Option<&str>) -> Option<String> {
    #[cfg(feature = "source")]
    return shared_lookup::<T>(request)?.name_in_logs(id);
    #[cfg(not(feature = "source"))]
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, this extractor looks up the caller.
///
/// The error is a [`Problem`] document. Its status is 503 if the tier source is unavailable, and 500 if
/// the stored tier is invalid or if no layer identifies callers.
impl<'a, T: Tier> FromRequest<'a> for Caller<T> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let caller = Problem::or_caller(resolve(request, None).await, ADVICE);
        caller.map_err(|problem| {
            let problem = problem.instance(whole_uri(request).path());
            Error::from_response(problem.into_response())
        })
    }
}
