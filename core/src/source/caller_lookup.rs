//! Looks up a request's caller when a guard or a handler needs it, and stores the result in the request.

use crate::access::caller::Caller;
use crate::access::check::{Resolution, check};
use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::source::resolved::Resolved;
use crate::source::settings::Settings;
use crate::tier::Tier;
use http::Extensions;
use http::request::Parts;
use std::sync::Arc;

/// The extension that a [`TierLayer`](super::TierLayer) inserts into a request: a pending lookup, and
/// later its result.
#[derive(Clone)]
pub(crate) struct Lookup<T> {
    settings: Arc<Settings<T>>,
    resolved: Option<Resolved<T>>,
}

impl<T> Lookup<T> {
    pub(crate) fn new(settings: Arc<Settings<T>>) -> Self {
        Self {
            settings,
            resolved: None,
        }
    }
}

/// Returns the name for logs of the caller with this id, if a lookup for this request found the caller.
pub(crate) fn name_in_logs<T: Tier>(extensions: &Extensions, id: Option<&str>) -> Option<String> {
    let lookup = extensions.get::<Lookup<T>>()?;
    lookup.resolved.as_ref()?.name_in_logs(id)
}

/// Checks a request and returns the guard of a gated function. Use it in a framework that this crate
/// doesn't integrate.
///
/// The tier comes from the [`Caller`] in the request's extensions. Without a `Caller`, the source of the
/// [`TierLayer`](super::TierLayer) that processed the request looks up the caller.
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
    let resolution = resolve(parts).await;
    let name = |id: Option<&str>| name_in_logs::<E::Tier>(&parts.extensions, id);
    let advice = "add a `tiergate::TierLayer`, or insert a `Caller` into the request's extensions";
    check(E::ENDPOINT, Some(E::REQUIRED), &resolution, name, advice).map(Guard::after_check)
}

/// Finds out who is calling: another layer has set the caller, or the lookup has already run, or it runs
/// now.
pub(crate) async fn resolve<T: Tier>(parts: &mut Parts) -> Resolution<T> {
    if let Some(caller) = parts.extensions.get::<Caller<T>>() {
        return Resolution::Caller(caller.clone());
    }
    let Some(lookup) = parts.extensions.get::<Lookup<T>>() else {
        return Resolution::MissingLayer;
    };
    let settings = lookup.settings.clone();
    if let Some(resolved) = &lookup.resolved {
        return resolved.resolution(settings.retry_after);
    }
    #[cfg(any(feature = "axum", feature = "tower"))]
    let resolved = {
        let as_sent = AsSent::new(parts, &settings);
        settings.look_up(as_sent.parts).await
    };
    #[cfg(not(any(feature = "axum", feature = "tower")))]
    let resolved = settings.look_up(parts).await;
    let resolution = resolved.resolution(settings.retry_after);
    store(parts, resolved, &resolution);
    resolution
}

/// Returns whether the caller of a request must be looked up first.
#[cfg(feature = "tower")]
pub(crate) fn is_needed<T: Tier>(extensions: &Extensions) -> bool {
    extensions.get::<Caller<T>>().is_none() && extensions.get::<Lookup<T>>().is_some()
}

/// Stores the result in the request, for later guards and for the handler.
fn store<T: Tier>(parts: &mut Parts, resolved: Resolved<T>, resolution: &Resolution<T>) {
    if let Resolution::Caller(caller) = resolution {
        parts.extensions.insert(caller.clone());
    }
    if let Some(lookup) = parts.extensions.get_mut::<Lookup<T>>() {
        lookup.resolved = Some(resolved);
    }
}

/// A request with the URI that the client sent. A nested axum router strips the prefix from this URI;
/// the stripped URI is restored on drop.
#[cfg(any(feature = "axum", feature = "tower"))]
struct AsSent<'a> {
    parts: &'a mut Parts,
    own: Option<http::Uri>,
}

#[cfg(any(feature = "axum", feature = "tower"))]
impl<'a> AsSent<'a> {
    fn new<T: Tier>(parts: &'a mut Parts, settings: &Settings<T>) -> Self {
        let mut own = None;
        // Only a user's function reads the path. The query is the same in both URIs.
        if settings.has_function()
            && let Some(::axum::extract::OriginalUri(sent)) = parts.extensions.get()
        {
            own = Some(std::mem::replace(&mut parts.uri, sent.clone()));
        }
        Self { parts, own }
    }
}

#[cfg(any(feature = "axum", feature = "tower"))]
impl Drop for AsSent<'_> {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            self.parts.uri = own;
        }
    }
}
