//! What a call takes: the policies of its endpoint and of the catalogue, for the caller's tier.

use crate::access::policy_name::PolicyName;
use crate::endpoint::Endpoint;
use crate::endpoint::endpoint_key::EndpointKey;
use crate::endpoint::limits::{Limits, Window};
use crate::quota::limit_set::LimitSet;
use crate::quota::small_list::SmallList;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The policies of a catalogue's endpoints.
pub(crate) struct Plan {
    catalogue: Scope,
    /// The endpoints of the catalogue. Endpoints without limits are in the map too, because the
    /// catalogue's quota applies to them.
    endpoints: HashMap<EndpointKey, Scope, BuildHasherDefault<MixingHasher>>,
    /// The endpoints with limits, in the catalogue's order.
    limited: Vec<Endpoint>,
}

/// Calls that share counters: those of one endpoint, or of the whole catalogue.
struct Scope {
    /// 0 is the catalogue.
    number: u32,
    /// The limits from each rank upwards, lowest rank first.
    policies: Vec<(u32, LimitSet)>,
    /// Whether any tier has a limit in each window.
    has_window: [bool; Window::ALL.len()],
}

/// What a call takes from one counter of the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    pub(crate) counter: Counter,
    /// The name of the policy, for clients.
    pub(crate) name: PolicyName,
    /// The most that may be taken in a window, or `None` if the caller's tier has no limit here. The call
    /// is counted nevertheless, so that a limit applies at once when the tier changes.
    pub(crate) limit: Option<u32>,
    pub(crate) cost: u32,
}

/// Identifies a counter of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    pub(crate) scope: u32,
    pub(crate) window: Window,
}

/// All that a call takes.
pub(crate) type Takes = SmallList<Take>;

/// Fills the unused places of a list.
impl Default for Take {
    fn default() -> Self {
        let window = Window::ALL[0];
        Self {
            counter: Counter { scope: 0, window },
            name: PolicyName::new(None, window),
            limit: None,
            cost: 0,
        }
    }
}

/// The reason why nothing can be taken for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotInCatalogue;

impl Plan {
    pub(crate) fn new(quota: Option<Limits>, endpoints: &[Endpoint]) -> Self {
        let scopes = (1..).zip(endpoints).map(|(number, endpoint)| {
            let scope = Scope::new(number, endpoint.limits());
            (EndpointKey(*endpoint), scope)
        });
        let limited = endpoints
            .iter()
            .filter(|endpoint| endpoint.limits().is_some());
        Self {
            catalogue: Scope::new(0, quota),
            endpoints: scopes.collect(),
            limited: limited.copied().collect(),
        }
    }

    /// Returns whether calls of this endpoint are limited or counted.
    pub(crate) fn applies_to(&self, endpoint: Endpoint) -> bool {
        let is_in_quota = || self.endpoints.contains_key(&EndpointKey(endpoint));
        endpoint.limits().is_some() || (self.catalogue.is_limited() && is_in_quota())
    }

    /// Returns what a call takes. `raised` replaces the endpoint's own limits.
    ///
    /// # Errors
    /// Fails if the endpoint has limits but isn't in the catalogue.
    pub(crate) fn takes(
        &self,
        endpoint: Endpoint,
        rank: u32,
        raised: Option<LimitSet>,
    ) -> Result<Takes, NotInCatalogue> {
        let mut takes = Takes::default();
        let Some(scope) = self.endpoints.get(&EndpointKey(endpoint)) else {
            return match endpoint.limits() {
                Some(_) => Err(NotInCatalogue),
                None => Ok(takes),
            };
        };
        scope.push_takes(
            &mut takes,
            Some(endpoint),
            raised.or(scope.of_rank(rank)),
            1,
        );
        let (quota, cost) = (&self.catalogue, endpoint.cost());
        if cost > 0 {
            quota.push_takes(&mut takes, None, quota.of_rank(rank), cost);
        }
        Ok(takes)
    }

    /// Returns every counter of a caller with this rank, for a call that costs nothing: those of the
    /// catalogue first.
    pub(crate) fn all_counters(&self, rank: u32) -> Vec<Take> {
        let mut counters = Vec::new();
        let mut add = |scope: &Scope, endpoint: Option<Endpoint>| {
            let mut takes = Takes::default();
            scope.push_takes(&mut takes, endpoint, scope.of_rank(rank), 0);
            counters.extend(takes.as_slice());
        };
        add(&self.catalogue, None);
        for endpoint in &self.limited {
            if let Some(scope) = self.endpoints.get(&EndpointKey(*endpoint)) {
                add(scope, Some(*endpoint));
            }
        }
        counters
    }
}

impl Scope {
    fn new(number: u32, limits: Option<Limits>) -> Self {
        let policies: Vec<_> = limits
            .iter()
            .flat_map(Limits::policies)
            .map(|policy| (policy.rank(), LimitSet::of_policy(policy)))
            .collect();
        let is_in = |window: Window| policies.iter().any(|(_, set)| set.amount(window).is_some());
        Self {
            number,
            has_window: Window::ALL.map(is_in),
            policies,
        }
    }

    fn is_limited(&self) -> bool {
        self.has_window.contains(&true)
    }

    /// Returns the limits of callers with this rank. Callers below the lowest policy get the lowest
    /// policy. Returns `None` if the scope has no policies.
    fn of_rank(&self, rank: u32) -> Option<LimitSet> {
        let policies = self.policies.iter();
        let found = policies.rev().find(|(from, _)| *from <= rank);
        found.or(self.policies.first()).map(|(_, set)| *set)
    }

    fn push_takes(
        &self,
        takes: &mut Takes,
        endpoint: Option<Endpoint>,
        limits: Option<LimitSet>,
        cost: u32,
    ) {
        let Some(limits) = limits else { return };
        for window in Window::ALL {
            let limit = limits.amount(window);
            if limit.is_some() || self.has_window[window.index()] {
                takes.push(Take {
                    counter: Counter {
                        scope: self.number,
                        window,
                    },
                    name: PolicyName::new(endpoint, window),
                    limit,
                    cost,
                });
            }
        }
    }
}

/// A fast hasher for numbers that clients can't choose.
#[derive(Default)]
pub(crate) struct MixingHasher(u64);

impl Hasher for MixingHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The multiplication moves information to the upper bits, and the rotation moves it back down.
        self.0 = (self.0 ^ number)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}
