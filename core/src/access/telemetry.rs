//! Telemetry of each check: span fields and an event (feature `tracing`), and counters (feature
//! `metrics`). Without these features, these functions compile to nothing.
// Without `tracing`, nothing looks up the caller. Without both features, nothing uses the parameters.
#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, clippy::needless_pass_by_value)
)]

#[cfg(feature = "_extractor")]
use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;

/// Records a refusal that the handler itself returned, when it becomes a response.
#[cfg(feature = "_extractor")]
pub(crate) fn report_denied(denied: Denied) {
    let refusal = Refusal::Denied(denied);
    record(
        denied.endpoint(),
        denied.required_tier(),
        Err(&refusal),
        || None,
    );
}

/// Records a request that the tower layer refused before it had an endpoint to check. Omits the path
/// and any uncommon method: both are client input and may contain the key.
#[cfg(feature = "tower")]
#[cold]
pub(crate) fn report_without_endpoint(code: &'static str, method: &str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("tiergate_refused_total", "endpoint" => "", "tier" => "", "required" => "", "code" => code)
        .increment(1);
    #[cfg(feature = "tracing")]
    {
        let method = common_method(method);
        tracing::info!(method, code, "refused");
    }
}

#[cfg(all(feature = "tower", feature = "tracing"))]
fn common_method(method: &str) -> Option<&str> {
    let common = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
    ];
    common.contains(&method).then_some(method)
}

/// Records the check of a gated endpoint. `outcome` is the caller's tier or the reason for the refusal.
/// `caller` is called only if its result is recorded.
#[inline]
pub(crate) fn report(
    endpoint: Endpoint,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    let required = endpoint.required_tier().unwrap_or_default();
    record(endpoint, required, outcome, caller);
}

#[inline]
fn record(
    endpoint: Endpoint,
    required: &'static str,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    #[cfg(feature = "metrics")]
    count(endpoint, required, outcome);
    #[cfg(feature = "tracing")]
    trace(endpoint, required, outcome, caller);
}

#[cfg(feature = "tracing")]
fn trace(
    endpoint: Endpoint,
    required: &'static str,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    let span = tracing::Span::current();
    let caller = if outcome.is_err() || span.has_field("tiergate.caller") {
        caller()
    } else {
        None
    };
    // A span ignores values for fields that it was not created with.
    span.record("tiergate.endpoint", endpoint.name());
    if let Some(caller) = &caller {
        span.record("tiergate.caller", caller.as_str());
    }
    let actual = match outcome {
        Ok(tier) => Some(tier),
        Err(Refusal::Denied(denied)) => Some(denied.actual_tier()),
        Err(_) => None,
    };
    if let Some(actual) = actual {
        span.record("tiergate.tier", actual);
    }
    if let Err(refusal) = outcome {
        let (endpoint, code) = (endpoint.name(), refusal.code());
        tracing::info!(endpoint, required, actual, caller, code, "refused");
    }
}

#[cfg(feature = "metrics")]
fn count(endpoint: Endpoint, required: &'static str, outcome: Result<&'static str, &Refusal>) {
    let endpoint = endpoint.name();
    match outcome {
        Ok(tier) => {
            metrics::counter!("tiergate_allowed_total", "endpoint" => endpoint, "tier" => tier, "required" => required)
                .increment(1);
        }
        Err(refusal) => {
            let tier = match refusal {
                Refusal::Denied(denied) => denied.actual_tier(),
                _ => "",
            };
            metrics::counter!("tiergate_refused_total", "endpoint" => endpoint, "tier" => tier, "required" => required, "code" => refusal.code())
                .increment(1);
        }
    }
}
