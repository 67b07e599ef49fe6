//! What overrides can change.

use crate::access::overrides::invalid::EntryProblem;
use crate::access::overrides::override_entry::EndpointId;
use crate::endpoint::Endpoint;
use crate::endpoint::limits::{Limit, Limits};
use crate::tier::Tier;

/// The endpoints, the events and the quota of a catalogue.
#[derive(Clone, Copy)]
pub(crate) struct Targets {
    pub(crate) endpoints: &'static [Endpoint],
    pub(crate) events: &'static [Endpoint],
    pub(crate) quota: Option<Limits>,
}

impl Targets {
    /// Returns the endpoints, and then the events.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Endpoint> + use<> {
        self.endpoints.iter().chain(self.events)
    }

    /// Finds an endpoint by its name, its route, or its constant.
    ///
    /// # Errors
    /// Returns an error if no endpoint or several endpoints match.
    pub(crate) fn find(&self, id: &EndpointId) -> Result<Endpoint, EntryProblem> {
        let is_identified = |endpoint: &Endpoint| match id {
            EndpointId::Endpoint(wanted) => endpoint == wanted,
            EndpointId::Text(text) => endpoint.is_identified_by(text),
        };
        let mut matches = self.all().filter(|endpoint| is_identified(endpoint));
        match (matches.next(), matches.next()) {
            (None, _) => Err(EntryProblem::UnknownEndpoint),
            (Some(endpoint), None) => Ok(*endpoint),
            (Some(_), Some(_)) => Err(EntryProblem::AmbiguousEndpoint),
        }
    }

    /// Returns the endpoint whose calls use the most units of the catalogue's quota, among the endpoints that
    /// every tier may call.
    pub(crate) fn costliest_for_all<T: Tier>(&self) -> Option<Endpoint> {
        let lowest = T::RANKS.iter().min().copied();
        let are_for_all = self.endpoints.iter().filter(|endpoint| {
            endpoint.required_rank() <= lowest
                && !endpoint.is_public()
                && endpoint.required_feature().is_none()
        });
        are_for_all.max_by_key(|endpoint| endpoint.cost()).copied()
    }

    /// Returns a tier that may call the endpoint only if the endpoint requires `required`, and whose quota
    /// never allows a call. Also returns the limit that is too low.
    pub(crate) fn tier_that_cannot_afford<T: Tier>(
        &self,
        endpoint: Endpoint,
        required: T,
    ) -> Option<(T, Limit)> {
        let quota = self.quota?;
        let admitted = required.rank()..endpoint.need()?.lowest_rank();
        let admitted = T::ALL.iter().filter(|tier| admitted.contains(&tier.rank()));
        admitted.copied().find_map(|tier| {
            let mut limits = quota.of_rank(tier.rank())?.limits();
            let limit = limits.find(|limit| limit.amount() < endpoint.cost())?;
            Some((tier, limit))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::access::overrides::Overrides;
    use crate::access::overrides::override_entry::Override;
    use crate::access::overrides::targets::Targets;
    use crate::endpoint::Endpoint;
    use crate::endpoint::limits::Limits;
    use crate::endpoint::record::{LimitsRecord, PolicyRecord, Record, WindowRecord};
    use crate::endpoint::test_endpoints::{PLUS, PLUS_AND_RADIO, PLUS_OR_RADIO, PRO_SOON, Tier};
    use std::time::SystemTime;

    /// Free: 100/day. Plus: 300/day.
    static QUOTA: [PolicyRecord; 2] = [
        policy(
            Tier::Free,
            &[WindowRecord {
                amount: 100,
                seconds: 86_400,
            }],
        ),
        policy(
            Tier::Plus,
            &[WindowRecord {
                amount: 300,
                seconds: 86_400,
            }],
        ),
    ];

    static COSTS: LimitsRecord = LimitsRecord {
        policies: &[],
        cost: 200,
    };

    static COSTLY: [Record; 4] = [
        costly(PLUS),
        costly(PLUS_AND_RADIO),
        costly(PLUS_OR_RADIO),
        costly(PRO_SOON),
    ];

    static ENDPOINTS: [Endpoint; 4] = [
        Endpoint(&COSTLY[0]),
        Endpoint(&COSTLY[1]),
        Endpoint(&COSTLY[2]),
        Endpoint(&COSTLY[3]),
    ];

    const fn policy(tier: Tier, windows: &'static [WindowRecord]) -> PolicyRecord {
        PolicyRecord {
            windows,
            rank: tier as u32,
            unlimited: false,
        }
    }

    const fn costly(endpoint: Endpoint) -> Record {
        Record {
            limits: Some(&COSTS),
            ..*endpoint.0
        }
    }

    #[test]
    fn a_promotion_admits_no_tier_whose_quota_is_below_the_cost() {
        let overrides = Overrides::of_targets(Targets {
            endpoints: &ENDPOINTS,
            events: &[],
            quota: Some(Limits::new(&QUOTA, &[], &[])),
        });
        let require = |endpoint, tier| {
            let end = SystemTime::UNIX_EPOCH;
            overrides.replace(1, [Override::require(endpoint, tier).until(end)])
        };
        let problem = "costs 200, but the quota of the tier Free is 100/day";
        for endpoint in ["plus", "both"] {
            let error = require(endpoint, Tier::Free).expect_err("too expensive");
            assert!(error.to_string().contains(problem), "{error}");
        }
        assert_eq!(overrides.version(), None);
        let without_quota = Overrides::of_endpoints(&ENDPOINTS);
        let promotion = Override::require("plus", Tier::Free).until(SystemTime::UNIX_EPOCH);
        assert_eq!(without_quota.replace(1, [promotion]), Ok(()));

        // These don't admit any tier.
        assert_eq!(require("plus", Tier::Pro), Ok(()));
        for (version, endpoint) in [(2, "any"), (3, "soon")] {
            let promotion = Override::require(endpoint, Tier::Free).until(SystemTime::UNIX_EPOCH);
            assert_eq!(
                overrides.replace(version, [promotion]),
                Ok(()),
                "{endpoint}"
            );
        }
    }
}
