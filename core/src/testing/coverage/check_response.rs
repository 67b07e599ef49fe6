//! Checks whether the response to a test call is correct.

use crate::access::observer::GuardDecision;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::testing::coverage::test_call::TestCaller;
use crate::tier::Tier;
use axum::http::StatusCode;

/// The response to a test call, and the guards' decisions.
pub(super) struct TestResponse {
    pub(super) status: StatusCode,
    pub(super) decisions: Vec<GuardDecision>,
    /// Whether the test declared this status with `CoverageRun::accept`.
    pub(super) is_accepted: bool,
}

/// Checks the response to a test call.
///
/// # Errors
/// Returns a description of what is wrong.
pub(super) fn check_response<T: Tier>(
    endpoint: Endpoint,
    caller: TestCaller<T>,
    response: &TestResponse,
) -> Result<(), &'static str> {
    let status = response.status;
    let is_missing = status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED;
    let is_refusal = status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN;
    let has_failed = status.is_server_error() && !response.is_accepted;
    if endpoint.is_public() {
        return match caller {
            _ if is_missing && !response.is_accepted => Err("could not be reached"),
            _ if has_failed => Err("failed"),
            TestCaller::BadCredentials => Ok(()),
            _ if is_refusal && !response.is_accepted => Err("is public but refused access"),
            _ if !response.decisions.is_empty() => Err("is public but refused access"),
            _ => Ok(()),
        };
    }
    // A handler may call other gated functions, but the first decision comes from the handler's own
    // guard.
    let decision = response.decisions.first();
    let is_allowed = match caller {
        TestCaller::Tier(tier) => endpoint.allows_rank(tier.rank()),
        TestCaller::Nobody | TestCaller::BadCredentials => false,
    };
    match decision {
        Some(GuardDecision::Refused(refusal)) if refusal.endpoint() != endpoint => {
            Err("was handled by another endpoint")
        }
        Some(GuardDecision::Passed(passed_endpoint)) if *passed_endpoint != endpoint => {
            Err("was handled by another endpoint")
        }
        Some(GuardDecision::Refused(Refusal::MissingLayer(_))) => {
            Err("has no authentication layer, so it refused access")
        }
        Some(GuardDecision::Passed(_)) if !is_allowed => Err("allowed access"),
        Some(GuardDecision::Passed(_)) if has_failed => Err("failed"),
        Some(GuardDecision::Passed(_)) => Ok(()),
        Some(GuardDecision::Refused(_)) if is_allowed => Err("refused access"),
        Some(GuardDecision::Refused(_)) if status.is_success() => {
            Err("refused access but returned a success status")
        }
        Some(GuardDecision::Refused(Refusal::Denied(_))) => match caller {
            TestCaller::Tier(_) => Ok(()),
            _ => Err("identified the caller as a subscriber"),
        },
        Some(GuardDecision::Refused(Refusal::UnknownCaller(_))) => match caller {
            TestCaller::Tier(_) => Err("did not recognise the caller"),
            _ => Ok(()),
        },
        Some(GuardDecision::Refused(Refusal::NoSubscription(_))) => Err("found no subscription"),
        Some(GuardDecision::Refused(Refusal::SubscriptionExpired(_))) => {
            Err("found a subscription that has ended")
        }
        Some(GuardDecision::Refused(Refusal::FeatureMissing(_))) => Err("required an add-on"),
        Some(GuardDecision::Refused(Refusal::EndpointClosed { .. })) => Err("is closed"),
        Some(GuardDecision::Refused(Refusal::SourceUnavailable { .. })) => {
            Err("could not look up the caller's tier")
        }
        Some(GuardDecision::Refused(Refusal::UnreadableTier(_))) => {
            Err("could not read the caller's tier")
        }
        None => match caller {
            TestCaller::Tier(_) => Err("could not be reached"),
            _ if is_missing || !status.is_client_error() => Err("could not be reached"),
            _ => Ok(()),
        },
    }
}
