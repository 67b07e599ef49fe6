//! The limits that overrides give to single customers.

use crate::access::overrides::by_endpoint::ByEndpoint;
use crate::access::overrides::invalid::EntryProblem;
use crate::access::overrides::quotation::escaped;
use crate::endpoint::Endpoint;
use crate::endpoint::limit_set::LimitSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

/// The limits that overrides give to one caller, in place of those of the caller's tier. `None` if the
/// limits of the tier apply.
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
    limits: LimitSet,
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
        self.limits.limits().map(|limit| limit.amount()).min()
    }

    fn at(&self, now: SystemTime) -> Option<LimitSet> {
        (now < self.until).then_some(self.limits)
    }
}

impl LimitOverrides {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

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

    /// Returns the overrides of a customer's limits, including those whose end has passed.
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

    /// Returns the override that applies at this time.
    pub(crate) fn find_at(
        &self,
        endpoint: Option<Endpoint>,
        now: SystemTime,
    ) -> Option<(LimitSet, usize)> {
        let found = self.find(endpoint)?;
        Some((found.at(now)?, found.index))
    }

    /// Returns the limits that apply to calls of an endpoint at this time, or `None` if no override
    /// applies.
    #[cfg_attr(not(feature = "quota"), allow(dead_code))]
    pub(crate) fn limits(&self, endpoint: Endpoint, now: SystemTime) -> Option<SpecialLimits> {
        let limits = |endpoint| self.find_at(endpoint, now).map(|(limits, _)| limits);
        let limits = SpecialLimits {
            endpoint: limits(Some(endpoint)),
            quota: limits(None),
        };
        (limits.endpoint.is_some() || limits.quota.is_some()).then_some(limits)
    }
}
