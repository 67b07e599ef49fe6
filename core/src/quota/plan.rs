//! The cost of a call: the policies of its endpoint and of the catalogue, for the caller's tier.

use crate::access::overrides::special_limits::SpecialLimits;
use crate::access::policy_name::PolicyName;
use crate::endpoint::Endpoint;
use crate::endpoint::by_endpoint::ByEndpoint;
use crate::endpoint::limit_set::LimitSet;
use crate::endpoint::limits::{Limit, Limits, Window};
use crate::quota::bucket::Bucket;
use crate::quota::header_texts::HeaderTexts;
use std::sync::Arc;

/// The policies of a catalogue's endpoints.
pub(crate) struct Plan {
    catalogue: Scope,
    /// The endpoints of the catalogue. Endpoints without limits are included, because the
    /// catalogue's quota applies to them.
    endpoints: ByEndpoint<OfEndpoint>,
    /// The endpoints with limits, in the catalogue's order.
    limited: Vec<Endpoint>,
}

struct OfEndpoint {
    scope: Scope,
    /// What a call costs from each rank upwards, lowest rank first. Empty if nothing limits the endpoint.
    bills: Vec<(u32, Arc<Bill>)>,
}

/// Calls that share counters: the calls to one endpoint, or to the whole catalogue.
struct Scope {
    /// 0 is the catalogue.
    number: u32,
    /// The limits from each rank upwards, lowest rank first.
    policies: Vec<(u32, LimitSet)>,
    /// Whether any tier has a limit in each window.
    has_window: [bool; Window::ALL.len()],
}

/// Everything that a call uses: first from the endpoint's counters, then from the catalogue's.
pub(crate) struct Bill {
    pub(crate) takes: Vec<Take>,
    pub(crate) header: HeaderTexts,
}

/// What a call uses of one counter of the caller.
pub(crate) struct Take {
    pub(crate) counter: Counter,
    /// The name of the policy, for clients.
    pub(crate) name: PolicyName,
    /// The most that may be used in a window, or `None` if the caller's tier has no limit here. The call is
    /// counted even then, so a limit applies at once when the tier changes.
    pub(crate) limit: Option<TakeLimit>,
    pub(crate) cost: u32,
}

/// The limit of a policy, and its rate limiter.
pub(crate) struct TakeLimit {
    pub(crate) amount: u32,
    /// `None` if the window is longer than an hour.
    pub(crate) bucket: Option<Bucket>,
}

/// Identifies a counter of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    pub(crate) scope: u32,
    pub(crate) window: Window,
}

/// What [`Plan::bill`] finds.
pub(crate) enum Found<'a> {
    Bill(&'a Arc<Bill>),
    /// A bill for this call only.
    Special(Arc<Bill>),
    /// The call uses nothing.
    Nothing,
    /// The catalogue doesn't contain the endpoint.
    NotInCatalogue,
}

impl Plan {
    pub(crate) fn new(quota: Option<Limits>, endpoints: &[Endpoint]) -> Self {
        let catalogue = Scope::new(0, quota);
        let of_endpoints = (1..).zip(endpoints).map(|(number, endpoint)| {
            let scope = Scope::new(number, endpoint.limits());
            let mut ranks: Vec<u32> = scope.ranks().chain(catalogue.ranks()).collect();
            ranks.sort_unstable();
            ranks.dedup();
            let bills = ranks.into_iter().map(|rank| {
                let usual = SpecialLimits::default();
                let bill = Bill::new(*endpoint, &scope, &catalogue, rank, usual);
                (rank, Arc::new(bill))
            });
            let bills = bills.filter(|(_, bill)| !bill.takes.is_empty()).collect();
            (*endpoint, OfEndpoint { scope, bills })
        });
        let limited = endpoints
            .iter()
            .filter(|endpoint| endpoint.limits().is_some());
        Self {
            endpoints: of_endpoints.collect(),
            limited: limited.copied().collect(),
            catalogue,
        }
    }

    /// Returns whether the catalogue has a quota.
    pub(crate) fn has_quota(&self) -> bool {
        !self.catalogue.policies.is_empty()
    }

    /// Returns whether the catalogue contains this endpoint.
    #[cfg(feature = "rocket")]
    pub(crate) fn contains(&self, endpoint: Endpoint) -> bool {
        self.endpoints.get(endpoint).is_some()
    }

    /// Returns what a call uses. `special` replaces the limits of the caller's tier.
    #[inline]
    pub(crate) fn bill(
        &self,
        endpoint: Endpoint,
        rank: u32,
        special: Option<SpecialLimits>,
    ) -> Found<'_> {
        let Some(of_endpoint) = self.endpoints.get(endpoint) else {
            return Found::NotInCatalogue;
        };
        // Few callers have special limits. Preparing such a bill takes about a microsecond.
        if let Some(special) = special {
            let scope = &of_endpoint.scope;
            let bill = Bill::new(endpoint, scope, &self.catalogue, rank, special);
            if bill.takes.is_empty() {
                return Found::Nothing;
            }
            return Found::Special(Arc::new(bill));
        }
        of_rank(&of_endpoint.bills, rank).map_or(Found::Nothing, Found::Bill)
    }

    /// Returns the counters of a caller with this rank, for a call that costs nothing. The catalogue's
    /// counters come first. `special` returns limits of the catalogue or an endpoint that replace the limits
    /// of the caller's tier.
    pub(crate) fn counters(
        &self,
        rank: u32,
        special: impl Fn(Option<Endpoint>) -> Option<LimitSet>,
    ) -> Vec<Take> {
        let mut counters = Vec::new();
        for (endpoint, scope) in self.limited_scopes() {
            let limits = scope.limits(rank, special(endpoint));
            scope.push_takes(&mut counters, endpoint, limits, 0);
        }
        counters
    }

    /// Returns every counter that a caller can have. Overrides can give a caller windows that no tier has.
    pub(crate) fn possible_counters(&self) -> impl Iterator<Item = Counter> {
        self.limited_scopes().flat_map(|(_, scope)| {
            let scope = scope.number;
            let windows = Window::ALL.into_iter();
            windows.map(move |window| Counter { scope, window })
        })
    }

    /// Returns the scopes with limits: the catalogue first, and then the endpoints in the catalogue's
    /// order.
    fn limited_scopes(&self) -> impl Iterator<Item = (Option<Endpoint>, &Scope)> {
        let catalogue = self.has_quota().then_some(&self.catalogue);
        let endpoints = self.limited.iter().filter_map(|endpoint| {
            let of_endpoint = self.endpoints.get(*endpoint)?;
            Some((Some(*endpoint), &of_endpoint.scope))
        });
        let catalogue = catalogue.map(|scope| (None, scope));
        catalogue.into_iter().chain(endpoints)
    }
}

impl Bill {
    fn new(
        endpoint: Endpoint,
        scope: &Scope,
        catalogue: &Scope,
        rank: u32,
        special: SpecialLimits,
    ) -> Self {
        let mut takes = Vec::new();
        let limits = scope.limits(rank, special.endpoint);
        scope.push_takes(&mut takes, Some(endpoint), limits, 1);
        if endpoint.cost() > 0 {
            let quota = catalogue.limits(rank, special.quota);
            catalogue.push_takes(&mut takes, None, quota, endpoint.cost());
        }
        let limits = takes.iter().filter_map(|take| {
            let amount = take.limit.as_ref()?.amount;
            Some((take.name, Limit::new(amount, take.counter.window)))
        });
        let header = HeaderTexts::new(limits);
        Self { takes, header }
    }

    /// Returns what the call uses if the limits are divided among machines. A machine's share is at least the
    /// cost of the call.
    #[cfg(feature = "redis")]
    pub(crate) fn divided(&self, machines: u32) -> Vec<Take> {
        let takes = self.takes.iter().map(|take| {
            let limit = take.limit.as_ref().map(|limit| {
                let share = limit.amount.div_ceil(machines.max(1));
                let amount = share.max(take.cost.min(limit.amount));
                TakeLimit::new(Limit::new(amount, take.counter.window))
            });
            Take { limit, ..*take }
        });
        takes.collect()
    }
}

impl TakeLimit {
    fn new(limit: Limit) -> Self {
        Self {
            amount: limit.amount(),
            bucket: Bucket::of_limit(limit),
        }
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

    fn ranks(&self) -> impl Iterator<Item = u32> {
        self.policies.iter().map(|(rank, _)| *rank)
    }

    /// Returns the limits of callers with this rank, or `special` instead. Returns `None` if nothing is
    /// counted here. Overrides replace limits, but don't add any.
    fn limits(&self, rank: u32, special: Option<LimitSet>) -> Option<LimitSet> {
        let own = of_rank(&self.policies, rank)?;
        Some(special.unwrap_or(*own))
    }

    fn push_takes(
        &self,
        takes: &mut Vec<Take>,
        endpoint: Option<Endpoint>,
        limits: Option<LimitSet>,
        cost: u32,
    ) {
        let Some(limits) = limits else { return };
        for window in Window::ALL {
            let amount = limits.amount(window);
            if amount.is_some() || self.has_window[window.index()] {
                takes.push(Take {
                    counter: Counter {
                        scope: self.number,
                        window,
                    },
                    name: PolicyName::new(endpoint, window),
                    limit: amount.map(|amount| TakeLimit::new(Limit::new(amount, window))),
                    cost,
                });
            }
        }
    }
}

/// Returns the entry for callers with this rank. Callers below the lowest rank get the entry for the lowest
/// rank.
fn of_rank<T>(from_ranks: &[(u32, T)], rank: u32) -> Option<&T> {
    let found = from_ranks.iter().rev().find(|(from, _)| *from <= rank);
    found.or(from_ranks.first()).map(|(_, value)| value)
}
