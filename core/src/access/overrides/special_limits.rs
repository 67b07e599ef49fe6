//! The limits that overrides give to single customers.

use crate::access::overrides::invalid::EntryProblem;
use crate::access::overrides::quotation::escaped;
use crate::endpoint::Endpoint;
use crate::endpoint::by_endpoint::ByEndpoint;
use crate::endpoint::limit_set::LimitSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

/// One caller's limits from overrides. They replace the limits of the caller's tier. `None` if the limits of
/// the tier apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(feature = "quota"), allow(dead_code))]
pub(crate) struct SpecialLimits {
    /// The limits of the endpoint.
    pub(crate) endpoint: Option<LimitSet>,
    /// The catalogue's quota.
    pub(crate) quota: Option<LimitSet>,
}

/// The overrides of limits, by customer.
#[derive(Default)]
pub(crate) struct LimitOverrides(HashMap<Arc<str>, OfCustomer>);

/// The overrides of one customer's limits.
#[derive(Default)]
pub(crate) struct OfCustomer {
    quota: Option<LimitOverride>,
    endpoints: ByEndpoint<Option<LimitOverride>>,
}

/// An override of a customer's limits.
#[derive(Clone, Copy)]
pub(crate) struct LimitOverride {
    /// The position in the snapshot.
    pub(crate) index: usize,
    pub(crate) limits: LimitSet,
    until: SystemTime,
}

impl LimitOverride {
    /// # Errors
    /// Returns an error if the text contains no limits.
    pub(crate) fn new(index: usize, limits: &str, until: SystemTime) -> Result<Self, EntryProblem> {
        match LimitSet::parse(limits) {
            Ok(limits) => Ok(Self {
                index,
                limits,
                until,
            }),
            Err(problem) => Err(EntryProblem::Limits(escaped(&problem))),
        }
    }

    /// Returns the largest cost of a call that can ever be allowed, or `None` if there is no limit.
    pub(crate) fn largest_cost(&self) -> Option<u32> {
        self.limits.lowest_amount()
    }
}

impl LimitOverrides {
    /// Adds an override of a customer's limits for an endpoint, or of the customer's quota if `endpoint`
    /// is `None`.
    ///
    /// # Errors
    /// Returns the position of an earlier override of the same limits.
    pub(crate) fn insert(
        &mut self,
        customer: &Arc<str>,
        endpoint: Option<Endpoint>,
        entry: LimitOverride,
    ) -> Result<(), usize> {
        let of_customer = self.0.entry(customer.clone()).or_default();
        let place = match endpoint {
            Some(endpoint) => of_customer.endpoints.entry(endpoint),
            None => &mut of_customer.quota,
        };
        match place.replace(entry) {
            Some(earlier) => Err(earlier.index),
            None => Ok(()),
        }
    }

    /// Returns the overrides of a customer's limits, including expired ones.
    pub(crate) fn of(&self, customer: &str) -> Option<&OfCustomer> {
        self.0.get(customer)
    }
}

impl OfCustomer {
    /// Returns the override for an endpoint, or the override of the quota if `endpoint` is `None`.
    pub(crate) fn find(&self, endpoint: Option<Endpoint>) -> Option<&LimitOverride> {
        match endpoint {
            Some(endpoint) => self.endpoints.get(endpoint)?.as_ref(),
            None => self.quota.as_ref(),
        }
    }

    /// Returns the override that applies at this time to an endpoint, or to the quota if `endpoint` is
    /// `None`.
    #[cfg_attr(not(any(feature = "cli", feature = "quota")), allow(dead_code))]
    pub(crate) fn find_at(
        &self,
        endpoint: Option<Endpoint>,
        now: SystemTime,
    ) -> Option<&LimitOverride> {
        self.find(endpoint).filter(|found| now < found.until)
    }

    /// Returns the limits that apply to calls to an endpoint at this time, or `None` if no override applies.
    #[cfg_attr(not(feature = "quota"), allow(dead_code))]
    pub(crate) fn limits(&self, endpoint: Endpoint, now: SystemTime) -> Option<SpecialLimits> {
        let limits = |endpoint| self.find_at(endpoint, now).map(|found| found.limits);
        let limits = SpecialLimits {
            endpoint: limits(Some(endpoint)),
            quota: limits(None),
        };
        (limits.endpoint.is_some() || limits.quota.is_some()).then_some(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::SpecialLimits;
    use crate::access::caller::Caller;
    use crate::access::overrides::Overrides;
    use crate::access::overrides::override_entry::Override;
    use crate::access::overrides::targets::Targets;
    use crate::endpoint::Endpoint;
    use crate::endpoint::limit_set::LimitSet;
    use crate::endpoint::limits::Limits;
    use crate::endpoint::record::{LimitsRecord, PolicyRecord, Record, WindowRecord};
    use crate::endpoint::test_endpoints::{PLUS, PRO_SOON, PUBLIC, RADIO, Tier};
    use std::time::{Duration, SystemTime};

    static POLICIES: [PolicyRecord; 1] = [PolicyRecord {
        windows: &[WindowRecord {
            amount: 60,
            seconds: 60,
        }],
        rank: 0,
        unlimited: false,
    }];

    /// Every tier may call this endpoint.
    static LIMITED: Record = Record {
        limits: Some(&LimitsRecord {
            policies: &POLICIES,
            cost: 20,
        }),
        required: Tier::Free as u32,
        ..*PLUS.0
    };

    /// Only higher tiers may call this endpoint.
    static COSTLY: Record = Record {
        limits: Some(&LimitsRecord {
            policies: &[],
            cost: 100,
        }),
        ..*PRO_SOON.0
    };

    static ENDPOINTS: [Endpoint; 4] = [Endpoint(&LIMITED), RADIO, PUBLIC, Endpoint(&COSTLY)];

    fn with_quota() -> Overrides<Tier> {
        Overrides::of_targets(Targets {
            endpoints: &ENDPOINTS,
            events: &[],
            quota: Some(Limits::new(&POLICIES, &[], &[])),
        })
    }

    fn end() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::new(1_764_547_200, 500_000_000)
    }

    fn error(overrides: &Overrides<Tier>, entries: &[Override<Tier>]) -> String {
        let entries = entries.iter().cloned();
        let error = overrides
            .replace(1, entries)
            .expect_err("invalid overrides");
        assert_eq!(overrides.version(), None);
        error.to_string()
    }

    #[test]
    fn each_mistake_rejects_all_overrides() {
        let limit = |endpoint: &str, limits: &str| {
            Override::limit("customer-7", endpoint, limits).until(end())
        };
        let quota = |limits: &str| Override::quota("customer-7", limits).until(end());
        for (entry, expected) in [
            (
                limit("plus", "60/min"),
                "override 2 (limit \"plus\" to \"60/min\" for \"customer-7\" until 2025-12-01T00:00:00Z): \
                 `limits`: `min` is not a unit; write `60/minute` (at character 4)",
            ),
            (
                limit("plus", "0/minute"),
                "`limits`: an amount of zero would refuse every call; require a higher tier instead (at character 1)",
            ),
            (
                limit("plus", "\u{1b}[2J\n/day"),
                "`limits`: `\\u{1b}[2J\\n/day` contains a space; write it without spaces, as in `60/minute` (at character 1)",
            ),
            (
                limit("plus", &"6".repeat(2000)),
                "`limits` has more than 1024 bytes; shorten it",
            ),
            (limit("minus", "60/minute"), "no endpoint of the catalogue"),
            (limit("public", "60/minute"), "the endpoint is public"),
            (
                limit("radio", "60/minute"),
                "the endpoint has no limit to change; add `limit = …` to its attribute first",
            ),
            (
                Override::limit("", "plus", "60/minute").until(end()),
                "the customer's id is empty",
            ),
            (
                Override::limit("customer-7", "plus", "60/minute"),
                "the end is missing",
            ),
            (
                Override::quota("customer-7", "60/minute"),
                "the end is missing",
            ),
            (
                quota("60/min"),
                "override 2 (quota \"60/min\" for \"customer-7\" until 2025-12-01T00:00:00Z): `limits`: `min`",
            ),
            (
                quota("19/minute; 5000/day"),
                "`limits`: a call of `plus` (GET /plus) costs 20, so it would always be refused; allow at least as many units in each window",
            ),
        ] {
            let error = error(&with_quota(), &[Override::close("radio"), entry]);
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains(char::is_control), "{error:?}");
            assert!(error.len() < 600, "{error}");
        }
        let without_quota = Overrides::of_endpoints(&ENDPOINTS);
        let error = error(&without_quota, &[quota("60/minute")]);
        assert!(
            error.contains("the catalogue has no quota to change"),
            "{error}"
        );
    }

    #[test]
    fn limits_of_a_customer_are_set_once() {
        let limit = |limits| Override::limit("customer-7", "plus", limits).until(end());
        let quota = |limits| Override::quota("customer-7", limits).until(end());
        let of_another = Override::limit("customer-8", "GET /plus", "7/minute").until(end());
        let entries = [limit("7/minute"), quota("70/minute"), of_another];
        assert_eq!(with_quota().replace(1, entries.clone()), Ok(()));
        for (entry, expected) in [
            (
                limit("8/minute"),
                "override 1 does the same for this endpoint; remove one of them",
            ),
            (
                quota("80/minute"),
                "override 2 changes the same quota; remove one of them",
            ),
        ] {
            let entries = [&entries[..], &[entry]].concat();
            let error = error(&with_quota(), &entries);
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn the_same_limits_may_be_written_differently() {
        let overrides = with_quota();
        let entry = |limits| Override::quota("customer-7", limits).until(end());
        let install = |limits| overrides.replace(1, [entry(limits)]);
        assert_eq!(install("60/minute; 5000/day"), Ok(()));
        assert_eq!(install("5000/day;60/minute"), Ok(()));
        assert!(install("60/minute").is_err() && install("unlimited").is_err());
        assert_ne!(entry("60/minute"), entry("61/minute"));
        let limit = |customer| Override::<Tier>::limit(customer, "plus", "60/minute");
        assert_ne!(limit("customer-7"), limit("customer-8"));
        assert_ne!(
            limit("customer-7").kind(),
            Override::quota("customer-7", "60/minute").kind()
        );
    }

    #[cfg(feature = "quota")]
    #[test]
    fn limits_apply_to_a_known_customer_before_the_end() {
        use std::sync::{Arc, Mutex};

        let now = Arc::new(Mutex::new(end() - Duration::from_nanos(1)));
        let clock = now.clone();
        let overrides = with_quota().with_clock(move || *clock.lock().expect("no panic"));
        let limit = Override::limit("customer-7", "plus", "600/minute; 7/second").until(end());
        let quota =
            Override::quota("customer-7", "unlimited").until(end() + Duration::from_secs(1));
        overrides
            .replace(1, [limit, quota])
            .expect("valid overrides");
        let [limited, radio, ..] = ENDPOINTS;
        let known = || Caller::new(Tier::Free).with_id("customer-7");
        let limits = |caller: &Caller<Tier>, endpoint| overrides.special_limits(caller, endpoint);

        let raised = LimitSet::parse("7/second; 600/minute").ok();
        let unlimited = Some(LimitSet::default());
        let all = SpecialLimits {
            endpoint: raised,
            quota: unlimited,
        };
        let only_quota = SpecialLimits {
            endpoint: None,
            quota: unlimited,
        };
        assert_eq!(limits(&known(), limited), Some(all));
        assert_eq!(
            limits(
                &Caller::without_subscription().with_id("customer-7"),
                limited
            ),
            Some(all)
        );
        assert_eq!(limits(&known(), radio), Some(only_quota));
        for caller in [
            Caller::new(Tier::Free),
            Caller::new(Tier::Free).with_id("customer-70"),
            Caller::anonymous(Tier::Free).with_id("customer-7"),
            Caller::unknown().with_id("customer-7"),
        ] {
            assert_eq!(limits(&caller, limited), None, "{caller:?}");
        }
        *now.lock().expect("no panic") = end();
        assert_eq!(limits(&known(), limited), Some(only_quota));
        *now.lock().expect("no panic") = end() + Duration::from_secs(1);
        assert_eq!(limits(&known(), limited), None);
    }
}
