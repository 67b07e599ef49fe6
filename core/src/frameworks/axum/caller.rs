//! Determines the caller of an axum request, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
#[cfg(feature = "source")]
use crate::access::overrides::Overrides;
use crate::endpoint::Endpoint;
use crate::frameworks::axum::whole_uri::whole_uri;
use crate::frameworks::connection_close::announce_close;
use crate::frameworks::problem::Problem;
#[cfg(feature = "source")]
pub(super) use crate::source::caller_lookup::name_in_logs;
#[cfg(feature = "source")]
use crate::source::caller_lookup::resolve as look_up;
use crate::tier::Tier;
use axum::extract::FromRequestParts;
#[cfg(not(feature = "source"))]
use axum::http::Extensions;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

/// How to add an authentication layer in this framework.
pub(super) const ADVICE: &str =
    "add your authentication layer to the router, outside of this route";

/// Determines the caller. This function runs for every request to a gated handler, so it should be
/// fast. If the request already contains a caller, the function returns the caller without awaiting
/// another future.
///
/// `endpoint` is the endpoint to check, if any. If an override closes it, no lookup runs.
#[cfg_attr(not(feature = "source"), allow(clippy::unused_async, unused_variables))]
pub(super) async fn resolve<T: Tier>(
    parts: &mut Parts,
    endpoint: Option<Endpoint>,
) -> Resolution<Caller<T>> {
    match parts.extensions.get::<Caller<T>>() {
        Some(caller) => Resolution::Caller(caller.clone()),
        #[cfg(feature = "source")]
        None => {
            let is_closed = |overrides: &Overrides<T>| {
                endpoint.is_some_and(|endpoint| overrides.closes(endpoint))
            };
            look_up(parts, is_closed).await
        }
        #[cfg(not(feature = "source"))]
        None => Resolution::MissingLayer,
    }
}

#[cfg(not(feature = "source"))]
#[allow(clippy::extra_unused_type_parameters)]
pub(super) fn name_in_logs<T: Tier>(_: &Extensions, _: Option<&str>) -> Option<String> {
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, this extractor looks up the caller.
///
/// The rejection is a [`Problem`] document. Its status is 503 if the tier source is unavailable, and
/// 500 if the stored tier is invalid or if no layer identifies callers.
///
/// ```
/// use tiergate::{Caller, requires_tier};
///
/// # #[derive(Clone, Copy, PartialEq, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus, get = "/export")]
/// async fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("you"))
/// }
/// ```
impl<T: Tier, S: Sync> FromRequestParts<S> for Caller<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Problem::or_caller(resolve(parts, None).await, ADVICE).map_err(|problem| {
            let path = whole_uri(&parts.extensions, &parts.uri).path();
            let mut response = problem.instance(path).into_response();
            announce_close(parts.version, &parts.headers, response.headers_mut());
            response
        })
    }
}
