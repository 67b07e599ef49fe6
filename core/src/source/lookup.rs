//! Runs the lookup of a request's caller when a guard needs it, and stores the result in the request.

use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::{gate, telemetry};
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use crate::source::resolved::Told;
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
    told: Option<Told<T>>,
}

impl<T> Lookup<T> {
    pub(crate) fn new(settings: Arc<Settings<T>>) -> Self {
        Self {
            settings,
            told: None,
        }
    }
}

/// Returns the caller's name for logs, if a lookup has run for this request.
pub(crate) fn name_of_caller<T: Tier>(extensions: &Extensions) -> Option<String> {
    extensions.get::<Lookup<T>>()?.told.as_ref()?.name()
}

/// Checks a request and returns the guard of a gated function. Use it in a framework that this crate
/// doesn't integrate.
///
/// The tier comes from the [`Subscriber`] in the request's extensions. Without a `Subscriber`, it comes
/// from the source of the [`TierLayer`](super::TierLayer) that processed the request.
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
    let subscriber = parts.extensions.get::<Subscriber<E::Tier>>();
    let checked = match gate::admit(subscriber.copied()) {
        Err(Refusal::MissingLayer(_)) => {
            let tier = look_up(parts, E::ENDPOINT, E::REQUIRED).await;
            tier.map(Guard::after_check)
        }
        checked => checked,
    };
    telemetry::checked(&checked, || name_of_caller::<E::Tier>(&parts.extensions));
    checked
}

/// Looks up the caller, unless the request already contains the result, and checks the tier.
pub(crate) async fn look_up<T: Tier>(
    parts: &mut Parts,
    endpoint: Endpoint,
    required: T,
) -> Result<T, Refusal> {
    let tier = tier_of_caller(parts, endpoint).await?;
    gate::check(Some(Subscriber::new(tier)), endpoint, required)
}

/// Whether a [`TierLayer`](super::TierLayer) has processed the request.
#[cfg(feature = "tower")]
pub(crate) fn can_ask<T: Tier>(extensions: &Extensions) -> bool {
    extensions.get::<Lookup<T>>().is_some()
}

/// Looks up the caller's tier, unless the request already contains the result.
pub(crate) async fn tier_of_caller<T: Tier>(
    parts: &mut Parts,
    endpoint: Endpoint,
) -> Result<T, Refusal> {
    let Some(lookup) = parts.extensions.get::<Lookup<T>>() else {
        return Err(Refusal::MissingLayer(endpoint));
    };
    if let Some(told) = &lookup.told {
        return told.tier(endpoint, lookup.settings.retry_after);
    }
    let settings = lookup.settings.clone();
    #[cfg(any(feature = "axum", feature = "tower"))]
    let told = {
        let written = AsWritten::new(parts, &settings);
        settings.ask(written.parts).await
    };
    #[cfg(not(any(feature = "axum", feature = "tower")))]
    let told = settings.ask(parts).await;
    let tier = told.tier(endpoint, settings.retry_after);
    remember(parts, told);
    tier
}

/// A request with the URI that the client sent. A nested axum router strips the prefix from this URI;
/// the stripped URI is restored on drop.
#[cfg(any(feature = "axum", feature = "tower"))]
struct AsWritten<'a> {
    parts: &'a mut Parts,
    own: Option<http::Uri>,
}

#[cfg(any(feature = "axum", feature = "tower"))]
impl<'a> AsWritten<'a> {
    fn new<T: Tier>(parts: &'a mut Parts, settings: &Settings<T>) -> Self {
        let mut own = None;
        // Only a user's function reads the path. The query is the same in both URIs.
        if settings.has_function()
            && let Some(::axum::extract::OriginalUri(written)) = parts.extensions.get()
        {
            own = Some(std::mem::replace(&mut parts.uri, written.clone()));
        }
        Self { parts, own }
    }
}

#[cfg(any(feature = "axum", feature = "tower"))]
impl Drop for AsWritten<'_> {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            self.parts.uri = own;
        }
    }
}

/// Stores the result in the request, for later guards and for the handler.
fn remember<T: Tier>(parts: &mut Parts, told: Told<T>) {
    if let Ok(caller) = &told.answer {
        parts.extensions.insert(caller.clone());
    }
    if let Some(lookup) = parts.extensions.get_mut::<Lookup<T>>() {
        lookup.told = Some(told);
    }
}
