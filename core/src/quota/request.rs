//! A call whose quota is checked, and the result. Guards and layers use these types.

use crate::access::caller::Caller;
use crate::access::overrides::special_limits::SpecialLimits;
use crate::access::policy_name::ViolatedPolicies;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::quota::identity::CallerIdentity;
use crate::quota::outcome::{CounterState, Violation};
use crate::quota::plan::{Bill, Take};
use crate::quota::state::QuotaState;
use crate::tier::Tier;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

/// A call that passed the tier check.
pub(crate) struct QuotaRequest<'a> {
    pub(crate) subject: Subject,
    /// The identity to which the limits apply. `None` if nothing identifies the caller.
    pub(crate) identity: Option<CallerIdentity<'a>>,
    /// The rank of the caller's tier, or 0 if the caller has none.
    pub(crate) rank: u32,
    /// Limits from [`Overrides`](crate::Overrides). They replace the limits of the caller's tier.
    pub(crate) special: Option<SpecialLimits>,
}

/// What logs and metrics contain.
#[derive(Clone)]
#[cfg_attr(not(all(feature = "metrics", feature = "tracing")), allow(dead_code))]
pub(crate) struct Subject {
    pub(crate) endpoint: Endpoint,
    /// The name of the caller's tier, or an empty text.
    pub(crate) tier: &'static str,
    /// The caller's id, unless it is secret.
    pub(crate) name_in_logs: Option<Arc<str>>,
}

impl<'a> QuotaRequest<'a> {
    /// Describes a call from a caller. The identity is the caller's id, or `None` if the caller has no id.
    pub(crate) fn new<T: Tier>(
        endpoint: Endpoint,
        caller: &'a Caller<T>,
        now: impl FnOnce() -> SystemTime,
    ) -> Self {
        let tier = if caller.ends_at().is_some() {
            caller.tier_at(now())
        } else {
            caller.tier()
        };
        Self {
            subject: Subject {
                endpoint,
                tier: tier.map_or("", T::name),
                name_in_logs: caller.shared_id_in_logs(),
            },
            identity: CallerIdentity::of(caller),
            rank: tier.map_or(0, T::rank),
            special: None,
        }
    }
}

/// The result of a check. The response needs the state's headers even if the call is refused.
#[derive(Clone, Debug)]
pub(crate) struct QuotaOutcome {
    pub(crate) state: QuotaState,
    pub(crate) refusal: Option<Refusal>,
}

impl QuotaOutcome {
    /// Allows a call that nothing limits.
    pub(crate) fn unlimited() -> Self {
        Self {
            state: QuotaState::default(),
            refusal: None,
        }
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self {
            state: QuotaState::default(),
            refusal: Some(refusal),
        }
    }

    /// Starts the result of a call with this bill.
    #[inline]
    pub(crate) fn of_bill(bill: Arc<Bill>, has_legacy_headers: bool) -> Self {
        Self {
            state: QuotaState::new(bill, has_legacy_headers),
            refusal: None,
        }
    }

    /// Adds the state of the bill's next counter.
    #[inline]
    pub(crate) fn add(&mut self, endpoint: Endpoint, take: &Take, counter: &CounterState) {
        if take.limit.is_none() {
            return;
        }
        let mut resets_in = counter.resets_in;
        if let Some(violation) = counter.violation {
            // `Retry-After` must not be earlier than the end of the window in the header.
            resets_in = resets_in.min(violation.wait.unwrap_or(resets_in));
            self.add_violation(endpoint, take, violation);
        }
        self.state.push(counter.remaining, resets_in);
    }

    #[cold]
    fn add_violation(&mut self, endpoint: Endpoint, take: &Take, violation: Violation) {
        let (mut violated, retry_after) = match self.refusal {
            Some(Refusal::QuotaExceeded {
                violated,
                retry_after,
                ..
            }) => {
                let waits = retry_after.zip(violation.wait);
                (violated, waits.map(|(one, other)| one.max(other)))
            }
            _ => (ViolatedPolicies::default(), violation.wait),
        };
        violated.insert(take.name);
        self.refusal = Some(Refusal::QuotaExceeded {
            endpoint,
            retry_after,
            violated,
        });
    }

    /// Converts the result for a function that has no response headers.
    pub(crate) fn into_result(self) -> Result<QuotaState, Refusal> {
        match self.refusal {
            Some(refusal) => Err(refusal),
            None => Ok(self.state),
        }
    }
}

/// A completed check, or a check that waits for the shared store. A check in memory completes at once.
// Almost every check completes at once, so boxing its result would only add an allocation.
#[allow(clippy::large_enum_variant)]
pub(crate) enum QuotaCheck {
    Done(QuotaOutcome),
    #[cfg_attr(not(feature = "redis"), allow(dead_code))]
    Waiting(WaitingCheck),
}

/// A check that waits for the shared store.
pub(crate) type WaitingCheck = Pin<Box<dyn Future<Output = QuotaOutcome> + Send>>;

impl Future for QuotaCheck {
    type Output = QuotaOutcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<QuotaOutcome> {
        match &mut *self {
            Self::Done(outcome) => Poll::Ready(outcome.clone()),
            Self::Waiting(check) => check.as_mut().poll(context),
        }
    }
}
