//! Reports how calls use quotas. With the `metrics` feature, these functions increment counters. With the
//! `tracing` feature, the first refusal in each window is an event.
#![cfg_attr(
    not(any(feature = "metrics", feature = "tracing")),
    allow(unused_variables)
)]

#[cfg(feature = "metrics")]
use crate::access::policy_name::PolicyName;
use crate::quota::outcome::CounterState;
use crate::quota::plan::Take;
use crate::quota::request::Subject;

/// Records the units that an allowed call used, or that the counter refused the call.
#[inline]
pub(crate) fn report(subject: &Subject, take: &Take, state: &CounterState, is_allowed: bool) {
    if is_allowed {
        #[cfg(feature = "metrics")]
        metrics::counter!("tiergate_quota_units_total", "endpoint" => subject.endpoint.name(), "tier" => subject.tier, "policy" => label(take.name))
            .increment(u64::from(take.cost));
    } else if state.violation.is_some() {
        #[cfg(feature = "metrics")]
        metrics::counter!("tiergate_quota_exceeded_total", "endpoint" => subject.endpoint.name(), "tier" => subject.tier, "policy" => label(take.name))
            .increment(1);
        #[cfg(feature = "tracing")]
        if state.violation.is_some_and(|violation| violation.is_first) {
            report_first(subject, take, state);
        }
    }
}

#[cfg(feature = "tracing")]
#[cold]
fn report_first(subject: &Subject, take: &Take, state: &CounterState) {
    let wait = state.violation.and_then(|violation| violation.wait);
    tracing::info!(
        endpoint = subject.endpoint.name(),
        tier = subject.tier,
        policy = %take.name,
        limit = take.limit.as_ref().map(|limit| limit.amount),
        used = state.used,
        caller = subject.name_in_logs.as_deref(),
        retry_after = wait.map(|wait| crate::access::refusal::whole_seconds(wait).as_secs()),
        "quota exceeded; further refusals in this window are not logged"
    );
}

/// Records a call that couldn't reach the shared store, and its outcome.
#[cfg(feature = "redis")]
#[cfg_attr(not(feature = "metrics"), allow(unused_variables))]
pub(crate) fn report_fallback(outcome: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("tiergate_quota_fallback_total", "outcome" => outcome).increment(1);
}

/// Returns the metrics' label of a policy. Unlike the policy's name, the label doesn't contain the name of the
/// endpoint, which has a separate label.
#[cfg(feature = "metrics")]
fn label(name: PolicyName) -> &'static str {
    let scope = usize::from(name.endpoint().is_some());
    LABELS[scope][name.window().index()]
}

#[cfg(feature = "metrics")]
const LABELS: [[&str; 5]; 2] = [
    ["second", "minute", "hour", "day", "month"],
    [
        "endpoint/second",
        "endpoint/minute",
        "endpoint/hour",
        "endpoint/day",
        "endpoint/month",
    ],
];
