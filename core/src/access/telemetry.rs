//! Reports each tier check. The `tracing` feature records span fields and an event, and the `metrics`
//! feature increments counters. Without these features, the functions in this module compile to
//! nothing.
// Only the `tracing` code uses the caller's name. If both `tracing` and `metrics` are disabled, no code
// uses the parameters of these functions.
#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, clippy::needless_pass_by_value)
)]

#[cfg(feature = "_extractor")]
use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;

/// Records a refusal that a handler returned. This function is called when the refusal is converted
/// into a response. The refusal of a check has already been reported by the check.
#[cfg(feature = "_extractor")]
pub(crate) fn report_denied(denied: Denied) {
    if !denied.is_by_handler() {
        return;
    }
    let refusal = Refusal::from(denied);
    record_check(
        denied.endpoint(),
        Some(denied.required_tier()),
        Err(&refusal),
        || None,
    );
}

/// Records a request that the tower layer or the `Caller` extractor refused without checking an
/// endpoint's tier. The recorded event omits the path and any uncommon HTTP method. Clients choose
/// both, and may have put a key into either of them.
#[cfg(any(feature = "_extractor", feature = "tower"))]
#[cold]
pub(crate) fn report_without_endpoint(code: &'static str, method: Option<&str>) {
    #[cfg(feature = "metrics")]
    metrics::counter!("tiergate_refused_total", "endpoint" => "", "tier" => "", "required" => "", "code" => code)
        .increment(1);
    #[cfg(feature = "tracing")]
    {
        let method = method.filter(|method| COMMON_METHODS.contains(method));
        tracing::info!(method, code, "refused");
    }
}

/// Records an allowed call that would be refused if a tier that is only observed were enforced. `caller` is
/// the same as in [`report_check`].
#[cold]
pub(crate) fn report_shadow(
    endpoint: Endpoint,
    refusal: &Refusal,
    caller: impl FnOnce() -> Option<String>,
) {
    let (required, actual) = match refusal {
        Refusal::Denied(denied) => (denied.required_tier(), denied.actual_tier()),
        _ => ("", ""),
    };
    #[cfg(feature = "tracing")]
    let is_event = endpoint.is_event();
    let (endpoint, code) = (endpoint.name(), refusal.code());
    #[cfg(feature = "metrics")]
    metrics::counter!("tiergate_shadow_refused_total", "endpoint" => endpoint, "tier" => actual, "required" => required, "code" => code)
        .increment(1);
    #[cfg(feature = "tracing")]
    {
        let caller = caller();
        if is_event {
            tracing::debug!(endpoint, required, actual, caller, code, "would be refused");
        } else {
            tracing::info!(endpoint, required, actual, caller, code, "would be refused");
        }
    }
}

/// Records that an open connection's caller may no longer use it.
#[cfg(feature = "watch")]
pub(crate) fn report_revocation(endpoint: Endpoint, refusal: &Refusal, caller: Option<&str>) {
    let (endpoint, code) = (endpoint.name(), refusal.code());
    #[cfg(feature = "metrics")]
    metrics::counter!("tiergate_revoked_total", "endpoint" => endpoint, "code" => code)
        .increment(1);
    #[cfg(feature = "tracing")]
    tracing::info!(endpoint, caller, code, "connection revoked");
}

#[cfg(all(feature = "tracing", any(feature = "_extractor", feature = "tower")))]
const COMMON_METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
];

/// Records a gated endpoint's tier check. `outcome` is the caller's tier or the reason for the refusal.
/// `caller` is a function that returns the caller's name for logs. It is called only if an event or a
/// span will contain the name.
#[cfg(feature = "_check")]
#[inline]
pub(crate) fn report_check(
    endpoint: Endpoint,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    record_check(endpoint, None, outcome, caller);
}

/// Records a check that doesn't decide about a request. The current span may belong to a request, so its fields
/// stay unchanged. `outcome` and `caller` are the same as in [`report_check`].
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub(crate) fn report_direct_check(
    endpoint: Endpoint,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    #[cfg(feature = "metrics")]
    count_check(endpoint, None, outcome);
    #[cfg(feature = "tracing")]
    if let Err(refusal) = outcome {
        trace_refusal(endpoint, None, refusal, caller().as_deref());
    }
}

/// Records a tier check. If the handler itself returned the refusal, `required` is the tier that the
/// refusal names. Otherwise, `required` is `None`, and the tier that the endpoint requires is recorded.
#[cfg(feature = "_check")]
#[inline]
fn record_check(
    endpoint: Endpoint,
    required: Option<&'static str>,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    #[cfg(feature = "metrics")]
    count_check(endpoint, required, outcome);
    #[cfg(feature = "tracing")]
    trace_check(endpoint, required, outcome, caller);
}

/// Returns the tier that was required: an override or a plan version may require another tier than the
/// attribute.
#[cfg(any(feature = "tracing", feature = "metrics"))]
fn required_tier(
    endpoint: Endpoint,
    outcome: Result<&'static str, &Refusal>,
) -> Option<&'static str> {
    match outcome {
        Err(Refusal::Denied(denied)) => Some(denied.required_tier()),
        _ => endpoint.required_tier(),
    }
}

#[cfg(all(feature = "_check", feature = "tracing"))]
fn trace_check(
    endpoint: Endpoint,
    required: Option<&'static str>,
    outcome: Result<&'static str, &Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    let span = tracing::Span::current();
    let caller = if outcome.is_err() || span.has_field("tiergate.caller") {
        caller()
    } else {
        None
    };
    // A span ignores a value if the span doesn't declare the value's field.
    span.record("tiergate.endpoint", endpoint.name());
    if let Some(caller) = &caller {
        span.record("tiergate.caller", caller.as_str());
    }
    let actual = match outcome {
        Ok(tier) => Some(tier),
        Err(refusal) => actual_tier(refusal),
    };
    if let Some(actual) = actual {
        span.record("tiergate.tier", actual);
    }
    if let Err(refusal) = outcome {
        trace_refusal(endpoint, required, refusal, caller.as_deref());
    }
}

/// Logs a refusal. Refused events have a lower level, because nobody has requested them: an event that is sent
/// to all customers is refused for each customer whose plan doesn't include it.
#[cfg(feature = "tracing")]
fn trace_refusal(
    endpoint: Endpoint,
    required: Option<&'static str>,
    refusal: &Refusal,
    caller: Option<&str>,
) {
    let required = required
        .or_else(|| required_tier(endpoint, Err(refusal)))
        .unwrap_or_default();
    let (actual, code) = (actual_tier(refusal), refusal.code());
    let (is_event, endpoint) = (endpoint.is_event(), endpoint.name());
    if is_event {
        tracing::debug!(endpoint, required, actual, caller, code, "refused");
    } else {
        tracing::info!(endpoint, required, actual, caller, code, "refused");
    }
}

/// Returns the tier of the refused caller, if the tier was too low.
#[cfg(feature = "tracing")]
fn actual_tier(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::Denied(denied) => Some(denied.actual_tier()),
        _ => None,
    }
}

#[cfg(feature = "metrics")]
fn count_check(
    endpoint: Endpoint,
    required: Option<&'static str>,
    outcome: Result<&'static str, &Refusal>,
) {
    let required = required
        .or_else(|| required_tier(endpoint, outcome))
        .unwrap_or_default();
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
