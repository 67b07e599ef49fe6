//! Checks whether the response to a test call is correct.

use crate::access::observer::GuardDecision;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::testing::coverage::test_caller::TestCaller;
use axum::http::StatusCode;

/// The response to a test call, and the guards' decisions.
pub(super) struct TestResponse {
    pub(super) status: StatusCode,
    pub(super) decisions: Vec<GuardDecision>,
    /// Whether the test declared this status with `CoverageRun::accept`.
    pub(super) is_accepted: bool,
}

/// Checks the response to a test call. `caller` is the caller that the application should identify. A
/// caller with a default tier counts as a caller with this tier. `expected` is the reason for refusing
/// the call, or `None` if the call is allowed.
///
/// # Errors
/// Returns a description of what is wrong.
pub(super) fn check_response<T: Copy>(
    endpoint: Endpoint,
    caller: TestCaller<T>,
    expected: Option<&Refusal>,
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
    let is_allowed = expected.is_none();
    let is_expected =
        |refusal: &Refusal| expected.is_some_and(|expected| refusal.code() == expected.code());
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
        Some(GuardDecision::Refused(refusal)) if is_expected(refusal) => Ok(()),
        Some(GuardDecision::Refused(Refusal::Denied(_) | Refusal::FeatureMissing(_)))
            if !matches!(caller, TestCaller::Tier(_)) =>
        {
            Err("identified the caller as a subscriber")
        }
        Some(GuardDecision::Refused(Refusal::Denied(_))) => {
            Err("refused access because of the caller's tier instead of the add-on")
        }
        Some(GuardDecision::Refused(Refusal::FeatureMissing(_))) => {
            Err("refused access because of the add-on instead of the caller's tier")
        }
        Some(GuardDecision::Refused(Refusal::UnknownCaller(_))) => {
            Err("did not recognise the caller")
        }
        Some(GuardDecision::Refused(Refusal::NoSubscription(_))) => Err("found no subscription"),
        Some(GuardDecision::Refused(Refusal::SubscriptionExpired(_))) => {
            Err("found a subscription that has ended")
        }
        Some(GuardDecision::Refused(Refusal::EndpointClosed { .. })) => Err("is closed"),
        Some(GuardDecision::Refused(Refusal::SourceUnavailable { .. })) => {
            Err("could not look up the caller's tier")
        }
        Some(GuardDecision::Refused(Refusal::UnreadableTier(_))) => {
            Err("could not read the caller's tier")
        }
        Some(GuardDecision::Refused(Refusal::QuotaExceeded { .. })) => Err("used up a quota"),
        Some(GuardDecision::Refused(Refusal::MissingQuotaLayer(_))) => {
            Err("has a limit that no layer enforces")
        }
        Some(GuardDecision::Refused(Refusal::QuotaStoreUnavailable { .. })) => {
            Err("could not look up the caller's quota")
        }
        None => match caller {
            TestCaller::Tier(_) => Err("could not be reached"),
            _ if is_missing || !status.is_client_error() => Err("could not be reached"),
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{TestResponse, check_response};
    use crate::access::caller::Caller;
    use crate::access::observer::GuardDecision;
    use crate::access::refusal::Refusal;
    use crate::endpoint::Endpoint;
    use crate::endpoint::test_endpoints::{Feature, PLUS_AND_RADIO, RADIO, Tier};
    use crate::testing::coverage::callers::expected;
    use crate::testing::coverage::test_caller::TestCaller;
    use axum::http::StatusCode;

    fn refusal(endpoint: Endpoint, caller: impl Into<Caller<Tier>>) -> Option<Refusal> {
        expected(endpoint, &caller.into()).refusal()
    }

    fn radio(tier: Tier) -> Caller<Tier> {
        Caller::new(tier).with_feature(Feature::Radio)
    }

    /// Checks the refusal that the guard decided on against the expected one.
    fn check(
        endpoint: Endpoint,
        caller: TestCaller<Tier>,
        expected: Option<Refusal>,
        actual: Option<Refusal>,
    ) -> Result<(), &'static str> {
        let (status, decision) = match actual {
            Some(refusal) => (refusal.status(), GuardDecision::Refused(refusal)),
            None => (200, GuardDecision::Passed(endpoint)),
        };
        let response = TestResponse {
            status: StatusCode::from_u16(status).expect("a status"),
            decisions: vec![decision],
            is_accepted: false,
        };
        check_response(endpoint, caller, expected.as_ref(), &response)
    }

    #[test]
    fn the_reason_of_a_refusal_must_be_the_expected_one() {
        let endpoint = PLUS_AND_RADIO;
        let too_low = refusal(endpoint, radio(Tier::Free));
        let missing = refusal(endpoint, Caller::new(Tier::Plus));
        let unknown = refusal(endpoint, Caller::unknown());
        let (free, plus) = (TestCaller::Tier(Tier::Free), TestCaller::Tier(Tier::Plus));
        for (caller, expected, actual, result) in [
            (free, too_low, too_low, Ok(())),
            (plus, missing, missing, Ok(())),
            (plus, None, None, Ok(())),
            (TestCaller::Nobody, unknown, unknown, Ok(())),
            (plus, missing, None, Err("allowed access")),
            (plus, None, missing, Err("refused access")),
            (plus, missing, unknown, Err("did not recognise the caller")),
            (
                plus,
                missing,
                too_low,
                Err("refused access because of the caller's tier instead of the add-on"),
            ),
            (
                free,
                too_low,
                missing,
                Err("refused access because of the add-on instead of the caller's tier"),
            ),
            (
                TestCaller::BadCredentials,
                unknown,
                missing,
                Err("identified the caller as a subscriber"),
            ),
        ] {
            assert_eq!(check(endpoint, caller, expected, actual), result);
        }
    }

    #[test]
    fn an_endpoint_that_requires_only_an_add_on_is_not_public() {
        let allowed = check(
            RADIO,
            TestCaller::Nobody,
            refusal(RADIO, Caller::unknown()),
            None,
        );
        assert_eq!(allowed, Err("allowed access"));
    }
}
