//! The guard of a request to a server whose framework this crate doesn't support.

use crate::access::check::Request;
use crate::access::guard::{Admission, Guard};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::source::caller_lookup::{name_in_logs, resolve};
#[cfg(feature = "watch")]
use crate::source::look_up_again::connection;
#[cfg(feature = "quota")]
use crate::{frameworks::take_quota::take_quota, quota::in_program::may_limit};
use http::request::Parts;

/// Checks a request and returns a gated function's guard. Use this function in a framework that this
/// crate doesn't support.
///
/// The tier comes from the [`Caller`](crate::Caller) in the request's extensions. If the extensions
/// contain no `Caller`, the source of the [`TierLayer`](crate::TierLayer) looks up the caller. If the function
/// has limits or its catalogue has a quota, the request must have passed through [`Quotas`](crate::Quotas) as a
/// layer. Without this layer, calls to functions with limits are refused, but the catalogue's quota is silently
/// not enforced.
///
/// # Errors
/// Returns the [`Refusal`] to send as the response.
///
/// ```
/// use tiergate::source::{ApiKey, guard};
/// use tiergate::{Guard, TierLayer, requires_tier};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// fn export() -> &'static str {
///     "all of it"
/// }
///
/// async fn answer(request: http::Request<()>) -> Result<String, std::convert::Infallible> {
///     let (mut parts, ()) = request.into_parts();
///     Ok(match guard(&mut parts).await {
///         Ok(guard) => export(guard).to_owned(),
///         Err(refusal) => format!("{} {refusal}", refusal.status()),
///     })
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let service = TierLayer::new(everybody).layer(service_fn(answer));
/// let request = http::Request::get("/").header("authorization", "Bearer a-key").body(())?;
/// assert_eq!(service.oneshot(request).await?, "all of it");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn guard<E: Gated>(parts: &mut Parts) -> Result<Guard<E>, Refusal> {
    let is_closed = |overrides: &Overrides<E::Tier>| overrides.closes(E::ENDPOINT);
    let resolution = resolve(parts, is_closed).await;
    let request = Request {
        endpoint: E::ENDPOINT,
        need: Some(&E::NEED),
        overrides: parts.extensions.get::<Overrides<E::Tier>>(),
        name: |id: Option<&str>| name_in_logs::<E::Tier>(&parts.extensions, id),
        advice: "add a `tiergate::TierLayer`, or insert a `Caller` into the request's extensions",
    };
    let permit = request.check(resolution.as_ref())?;
    #[cfg(feature = "quota")]
    if let Some(caller) = resolution
        .as_ref()
        .caller()
        .filter(|_| may_limit(E::ENDPOINT))
    {
        take_quota(E::ENDPOINT, caller, parts, |_| None, || false).await?;
    }
    Ok(Guard::after_check(Admission {
        permit,
        #[cfg(feature = "watch")]
        connection: connection(E::ENDPOINT, resolution.as_ref().caller(), &parts.extensions),
    }))
}
