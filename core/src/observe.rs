//! What others see of each check: a span's fields and an event (feature `tracing`), counters
//! (feature `metrics`). Without these features nothing of it is compiled.

use crate::{Gated, Guard, Refusal};
#[cfg(feature = "axum")]
use axum::http::Extensions;
#[cfg(not(feature = "axum"))]
use http::Extensions;

/// What to call a caller in a log: the caller's id, or a part of the key's hash.
#[cfg(feature = "source")]
#[derive(Clone)]
pub(crate) struct CallerName(pub(crate) String);

/// Whether anything uses a [`CallerName`].
#[cfg(feature = "source")]
pub(crate) const NAMES_CALLERS: bool = cfg!(feature = "tracing");

/// What to call the caller in a log, if a source said so.
pub(crate) fn caller(extensions: &Extensions) -> Option<&str> {
    #[cfg(feature = "source")]
    return extensions.get::<CallerName>().map(|name| name.0.as_str());
    #[cfg(not(feature = "source"))]
    {
        let _ = extensions;
        None
    }
}

/// Tells of one check. `caller` is asked for only where it is shown.
#[inline]
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn checked<'a, E: Gated>(
    result: &Result<Guard<E>, Refusal>,
    caller: impl FnOnce() -> Option<&'a str>,
) {
    #[cfg(feature = "metrics")]
    count(result);
    #[cfg(feature = "tracing")]
    trace(result, caller());
}

#[cfg(feature = "tracing")]
fn trace<E: Gated>(result: &Result<Guard<E>, Refusal>, caller: Option<&str>) {
    use crate::Tier as _;

    let span = tracing::Span::current();
    // A span takes a value only for fields that it was made with.
    span.record("tiergate.endpoint", E::ENDPOINT.name());
    if let Some(caller) = caller {
        span.record("tiergate.caller", caller);
    }
    match result {
        Ok(guard) => {
            span.record("tiergate.tier", guard.tier().name());
        }
        Err(refusal) => {
            let actual = match refusal {
                Refusal::Denied(denied) => Some(denied.actual()),
                _ => None,
            };
            if let Some(actual) = actual {
                span.record("tiergate.tier", actual);
            }
            tracing::info!(
                endpoint = refusal.endpoint().name(),
                required = E::REQUIRED.name(),
                actual,
                caller,
                code = refusal.code(),
                "refused"
            );
        }
    }
}

#[cfg(feature = "metrics")]
fn count<E: Gated>(result: &Result<Guard<E>, Refusal>) {
    use crate::Tier as _;

    let endpoint = E::ENDPOINT.name();
    let required = E::REQUIRED.name();
    match result {
        Ok(guard) => {
            let tier = guard.tier().name();
            metrics::counter!("tiergate_allowed_total", "endpoint" => endpoint, "tier" => tier, "required" => required)
                .increment(1);
        }
        Err(refusal) => {
            let tier = match refusal {
                Refusal::Denied(denied) => denied.actual(),
                _ => "",
            };
            metrics::counter!("tiergate_refused_total", "endpoint" => endpoint, "tier" => tier, "required" => required, "code" => refusal.code())
                .increment(1);
        }
    }
}
