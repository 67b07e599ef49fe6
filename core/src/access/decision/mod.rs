//! Decisions about who may call an endpoint.

pub(crate) mod decide;
#[cfg(test)]
mod documented_table;
mod explanation;
pub(crate) mod permit;
#[cfg(any(feature = "serde", feature = "cli"))]
pub(crate) mod record;
#[cfg(feature = "cli")]
pub(crate) mod replay;

use crate::access::caller::Caller;
use crate::access::decision::decide::{Applied, Facts, Identification, Reason, Verdict, decide};
use crate::access::decision::explanation::{CallerSummary, ConsideredOverrides};
use crate::access::overrides::Overrides;
use crate::access::overrides::snapshot::Found;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::endpoint::need::Need;
use crate::tier::Tier;
use std::time::{Duration, SystemTime};

/// A decision about whether a caller may call an endpoint, with its reasons.
///
/// Guards, layers, the command line and tests all follow the same rules. The first row that applies
/// determines the result:
///
/// | | situation | result |
/// | --- | --- | --- |
/// | 1 | the endpoint is [public](Endpoint::is_public) | allowed |
/// | 2 | an active [`Override::close`](crate::Override::close) | 503 `endpoint_closed` |
/// | 3 | the tier source is unavailable, a stored tier is invalid, or no layer identified the caller | 503 `tier_source_unavailable`, 500 `tier_unreadable`, 500 `missing_layer` |
/// | 4 | the caller is [unknown](Caller::unknown) | 401 `unknown_caller` |
/// | 5 | the caller and the endpoint use different tier enums | as in row 8 if the caller has no tier, otherwise as in row 9 |
/// | 6 | an active [`Override::grant`](crate::Override::grant) to the caller's id; the caller isn't anonymous | allowed |
/// | 7 | `or_feature`, and the caller has the add-on | allowed |
/// | 8 | the endpoint requires a tier, and the caller has none | 403 `subscription_expired` if the subscription has ended, otherwise 403 `no_subscription`; for an anonymous caller, 401 `unknown_caller` |
/// | 9 | the endpoint requires a tier, and the caller's tier is lower | 403 `tier_too_low`; for an anonymous caller, 401 `tier_too_low` |
/// | 10 | `feature` or `#[requires_feature]`, and the caller doesn't have the add-on | as in row 8 if the subscription has ended, otherwise 403 `feature_missing`; for an anonymous caller, 401 `feature_missing` |
/// | 11 | otherwise | allowed |
///
/// *The caller's tier and add-ons* are those of the [`Caller`]. From the time of
/// [`until`](Caller::until) on, the caller has no add-ons, and only the [`then`](Caller::then) tier, if
/// any. From then on, the subscription *has ended* if there is no `then` tier and the caller had a tier
/// or an add-on before.
///
/// *The required tier* is the first of these that applies:
/// 1. The tier of an active [`Override::require`](crate::Override::require).
/// 2. The declared tier, or the tier of `enforced` if that tier is lower. The declared tier is the tier
///    of the first `until_version(n, …)` whose `n` is greater than the caller's [plan
///    version](Caller::with_plan_version). If no `until_version` applies, the declared tier is the
///    attribute's tier.
///
/// *The shadow* is the refusal that an allowed call would get if *the observed tier* were required. An
/// active [`Override::observe`](crate::Override::observe) sets the observed tier. Without an active
/// `Override::observe`, the observed tier is the declared tier, but only if `enforced` is given and no
/// `Override::require` is active. A call that row 6 allows has no shadow.
///
/// An override is active before its end, and inactive from its end on. All comparisons in a decision
/// use the same time.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tiergate::{Caller, Catalogue, Decision, Override, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, post = "/export")]
/// fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
/// let overrides = Overrides::of::<Api>();
/// let next_week = now + Duration::from_secs(7 * 24 * 60 * 60);
/// overrides.replace(1, [Override::grant("customer-7", "export").until(next_week).by("support")])?;
///
/// let caller = Caller::new(Tier::Free).with_id("customer-7");
/// let decision = Decision::of(Api::ENDPOINTS[0], &caller, &overrides, now);
/// assert!(decision.is_allowed());
/// assert_eq!(
///     decision.to_string(),
///     "allowed: `export` (POST /export)\n\
///      requires: the tier Plus\n\
///      override: grant until 2025-12-08T00:00:00Z, set by \"support\"\n\
///      caller: the tier Free, id \"customer-7\"\n\
///      at: 2025-12-01T00:00:00Z",
/// );
/// # Ok::<(), tiergate::InvalidOverrides>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decision {
    endpoint: Endpoint,
    need: Option<Need>,
    refusal: Option<Refusal>,
    shadow: Option<Refusal>,
    caller: CallerSummary,
    overrides: ConsideredOverrides,
    applied: Applied,
    overrides_version: Option<u64>,
    now: SystemTime,
}

impl Decision {
    /// Decides whether a caller may call an endpoint at this time.
    pub fn of<T: Tier>(
        endpoint: Endpoint,
        caller: &Caller<T>,
        overrides: &Overrides<T>,
        now: SystemTime,
    ) -> Self {
        let snapshot = overrides.current();
        let found = snapshot.find(endpoint, caller.id()).unwrap_or_default();
        let identification = Identification::Caller(Facts::of(caller));
        let caller = Some(caller);
        Self::deciding(
            endpoint,
            identification,
            caller,
            &found,
            snapshot.version,
            now,
        )
    }

    /// Decides with the overrides that apply to the caller. `caller` is `None` if no caller was
    /// identified.
    pub(crate) fn deciding<T: Tier>(
        endpoint: Endpoint,
        identification: Identification,
        caller: Option<&Caller<T>>,
        found: &Found<'_, T>,
        overrides_version: Option<u64>,
        now: SystemTime,
    ) -> Self {
        let verdict = if endpoint.is_public() {
            Verdict {
                result: Ok(()),
                shadow: None,
                applied: Applied::Nothing,
                has_ended: false,
            }
        } else {
            let need = endpoint.need().filter(|_| endpoint.is_of::<T>());
            decide(need.as_ref(), identification, found.rules(), now)
        };
        let retry_after = Duration::ZERO;
        Self::new(
            endpoint,
            verdict,
            caller,
            found,
            overrides_version,
            now,
            retry_after,
        )
    }

    /// Creates the decision for a verdict. `retry_after` applies if the tier source is unavailable.
    pub(crate) fn new<T: Tier>(
        endpoint: Endpoint,
        verdict: Verdict,
        caller: Option<&Caller<T>>,
        found: &Found<'_, T>,
        overrides_version: Option<u64>,
        now: SystemTime,
        retry_after: Duration,
    ) -> Self {
        let refusal = |reason: Reason| Refusal::new(endpoint, reason, caller, now, retry_after);
        Self {
            endpoint,
            need: endpoint.need(),
            refusal: verdict.result.err().map(refusal),
            shadow: verdict.shadow.map(refusal),
            caller: CallerSummary::new(caller),
            overrides: ConsideredOverrides::new(found),
            applied: verdict.applied,
            overrides_version,
            now,
        }
    }

    /// Returns the endpoint.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns whether the caller may call the endpoint.
    pub fn is_allowed(&self) -> bool {
        self.refusal.is_none()
    }

    /// Returns why the call is refused, or `None` if it is allowed.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Returns why this allowed call would be refused if the observed tier were required. Returns
    /// `None` if the call would still be allowed, or if no tier is observed.
    pub fn shadow(&self) -> Option<Refusal> {
        self.shadow
    }

    /// Returns the version of the overrides, or `None` if none were installed.
    pub fn overrides_version(&self) -> Option<u64> {
        self.overrides_version
    }

    /// Returns the time for which the decision was made.
    pub fn time(&self) -> SystemTime {
        self.now
    }
}
