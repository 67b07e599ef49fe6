//! Determines the caller of a rocket request, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::endpoint::Endpoint;
use crate::frameworks::problem::Problem;
use crate::frameworks::rocket::request_cell;
use crate::tier::Tier;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, async_trait};
#[cfg(feature = "source")]
use {
    crate::access::overrides::Overrides, crate::frameworks::http_head::http_head,
    crate::frameworks::shared_lookup::SharedLookup, std::sync::Arc,
};

/// How to add an authentication layer in this framework.
pub(super) const ADVICE: &str = "attach a fairing that calls `tiergate::rocket::set_caller`";

/// Sets the caller that this request's guards check. If you call the function twice, the last call takes
/// effect.
///
/// Call this function at the end of your authentication. The authentication can be a fairing, as in the
/// example of the [module](super), or a request guard that runs before the [`Guard`](crate::Guard).
pub fn set_caller<T: Tier>(request: &Request<'_>, caller: Caller<T>) {
    request_cell::set(request, caller);
}

/// `endpoint` is the endpoint to check, if any. If an override closes it, no lookup runs.
#[cfg_attr(not(feature = "source"), allow(unused_variables))]
pub(super) async fn resolve<T: Tier>(
    request: &Request<'_>,
    endpoint: Option<Endpoint>,
) -> Resolution<Caller<T>> {
    let caller = request_cell::get::<Caller<T>>(request);
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, shared_lookup::<T>(request)) {
        if let (Some(overrides), Some(endpoint)) =
            (request_cell::get::<Overrides<T>>(request), endpoint)
            && overrides.closes(endpoint)
        {
            return Resolution::CLOSED;
        }
        return lookup.resolve(|| request_head(request)).await;
    }
    Resolution::from(caller)
}

#[cfg(feature = "source")]
pub(super) fn shared_lookup<T: Tier>(request: &Request<'_>) -> Option<Arc<SharedLookup<T>>> {
    request_cell::get(request)
}

#[cfg(feature = "source")]
fn request_head(request: &Request<'_>) -> Option<http::request::Parts> {
    let headers: Vec<_> = request
        .headers()
        .iter()
        .map(|header| (header.name().to_string(), header.value().to_owned()))
        .collect();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    http_head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers,
    )
}

/// Returns the name that logs use for the caller with this id, or `None` if this request's lookup
/// didn't return that caller.
#[cfg_attr(
    not(feature = "source"),
    allow(unused_variables, clippy::extra_unused_type_parameters)
)]
pub(super) fn name_in_logs<T: Tier>(request: &Request<'_>, id: Option<&str>) -> Option<String> {
    #[cfg(feature = "source")]
    return shared_lookup::<T>(request)?.name_in_logs(id);
    #[cfg(not(feature = "source"))]
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, this extractor looks up the caller.
///
/// The error is a [`Problem`]. Its status is 503 if the tier source is unavailable, and 500 if the stored
/// tier is invalid or if no layer identifies callers. A catcher writes the response. To send the problem
/// document, take a `Result<Caller<Tier>, Problem>` in the handler and return the error.
#[async_trait]
impl<'r, T: Tier> FromRequest<'r> for Caller<T> {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Problem> {
        match Problem::or_caller(resolve(request, None).await, ADVICE) {
            Ok(caller) => Outcome::Success(caller),
            Err(problem) => Outcome::Error((Status::new(problem.status()), *problem)),
        }
    }
}
