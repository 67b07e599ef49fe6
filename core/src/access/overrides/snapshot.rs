//! A validated set of overrides, indexed by endpoint and customer.

use crate::access::caller::{Caller, Standing};
use crate::access::decision::decide::Rules;
use crate::access::overrides::invalid::{EntryProblem, InvalidOverrides};
use crate::access::overrides::override_entry::{Override, OverrideKind};
use crate::access::overrides::special_limits::{LimitOverride, LimitOverrides, OfCustomer};
use crate::access::overrides::targets::Targets;
use crate::endpoint::Endpoint;
use crate::endpoint::by_endpoint::ByEndpoint;
use crate::tier::Tier;
use std::collections::HashMap;
use std::sync::Arc;

/// The maximum length in bytes of a customer's id, limits, an author and a reason.
const LONGEST_TEXT: usize = 1024;

/// The overrides that were installed together.
pub(crate) struct OverrideSnapshot<T> {
    pub(crate) version: Option<u64>,
    pub(crate) overrides: Vec<Override<T>>,
    /// The endpoint of each override, in the same order. `None` if the override changes a quota.
    pub(crate) endpoints: Vec<Option<Endpoint>>,
    by_endpoint: ByEndpoint<OfEndpoint>,
    limits: LimitOverrides,
}

/// The positions of an endpoint's overrides in the snapshot.
#[derive(Default)]
struct OfEndpoint {
    close: Option<usize>,
    require: Option<usize>,
    observe: Option<usize>,
    grants: HashMap<Arc<str>, usize>,
}

/// The overrides of one endpoint that apply to one caller.
pub(crate) struct Found<'a, T> {
    pub(crate) close: Option<&'a Override<T>>,
    pub(crate) grant: Option<&'a Override<T>>,
    pub(crate) require: Option<&'a Override<T>>,
    pub(crate) observe: Option<&'a Override<T>>,
}

impl<T: Tier> OverrideSnapshot<T> {
    /// Creates the snapshot that applies until overrides are installed.
    pub(crate) fn empty() -> Self {
        Self {
            version: None,
            overrides: Vec::new(),
            endpoints: Vec::new(),
            by_endpoint: ByEndpoint::default(),
            limits: LimitOverrides::default(),
        }
    }

    /// Validates and indexes overrides of a catalogue.
    ///
    /// # Errors
    /// Returns an error about the first invalid override.
    pub(crate) fn new(
        version: u64,
        overrides: Vec<Override<T>>,
        targets: &Targets,
    ) -> Result<Self, InvalidOverrides> {
        let mut snapshot = Self {
            version: Some(version),
            ..Self::empty()
        };
        for (index, entry) in overrides.iter().enumerate() {
            let endpoint = snapshot
                .add(index, entry, targets)
                .map_err(|problem| InvalidOverrides::entry(index, entry.description(), problem))?;
            snapshot.endpoints.push(endpoint);
        }
        snapshot.overrides = overrides;
        Ok(snapshot)
    }

    /// Validates and indexes an override. Returns its endpoint, or `None` if it changes a quota.
    fn add(
        &mut self,
        index: usize,
        entry: &Override<T>,
        targets: &Targets,
    ) -> Result<Option<Endpoint>, EntryProblem> {
        let endpoint = match &entry.endpoint {
            Some(id) => Some(targets.find(id)?),
            None => None,
        };
        if endpoint.is_some_and(|endpoint| !endpoint.is_of::<T>()) {
            return Err(EntryProblem::PublicEndpoint);
        }
        if entry.until.is_none() && entry.kind != OverrideKind::Close {
            return Err(EntryProblem::MissingEnd);
        }
        if entry.customer() == Some("") {
            return Err(EntryProblem::EmptyCustomer);
        }
        for (field, text) in [
            ("customer", entry.customer()),
            ("limits", entry.limits()),
            ("by", entry.author()),
            ("because", entry.reason()),
        ] {
            if text.is_some_and(|text| text.len() > LONGEST_TEXT) {
                return Err(EntryProblem::TextTooLong(field));
            }
        }
        match endpoint {
            Some(endpoint) => self.add_to_endpoint(index, entry, endpoint, targets)?,
            None => self.add_quota(index, entry, targets)?,
        }
        Ok(endpoint)
    }

    fn add_to_endpoint(
        &mut self,
        index: usize,
        entry: &Override<T>,
        endpoint: Endpoint,
        targets: &Targets,
    ) -> Result<(), EntryProblem> {
        if let OverrideKind::Limit { customer, limits } = &entry.kind {
            if endpoint.limits().is_none() {
                return Err(EntryProblem::UnlimitedEndpoint);
            }
            let until = entry.until.ok_or(EntryProblem::MissingEnd)?;
            let limits = LimitOverride::new(index, limits, until)?;
            let inserted = self.limits.insert(customer, Some(endpoint), limits);
            return inserted.map_err(EntryProblem::DuplicateOf);
        }
        if let OverrideKind::Require(required) = entry.kind
            && let Some((tier, limit)) = targets.tier_that_cannot_afford(endpoint, required)
        {
            return Err(EntryProblem::CostAboveQuota {
                endpoint,
                tier: tier.name(),
                limit,
            });
        }
        let of_endpoint = self.by_endpoint.entry(endpoint);
        let replaced = match &entry.kind {
            OverrideKind::Close => of_endpoint.close.replace(index),
            OverrideKind::Require(_) => of_endpoint.require.replace(index),
            OverrideKind::Observe(_) => of_endpoint.observe.replace(index),
            OverrideKind::Grant(customer) => of_endpoint.grants.insert(customer.clone(), index),
            OverrideKind::Limit { .. } | OverrideKind::Quota { .. } => None,
        };
        match replaced {
            Some(earlier) => Err(EntryProblem::DuplicateOf(earlier)),
            None => Ok(()),
        }
    }

    fn add_quota(
        &mut self,
        index: usize,
        entry: &Override<T>,
        targets: &Targets,
    ) -> Result<(), EntryProblem> {
        let OverrideKind::Quota { customer, limits } = &entry.kind else {
            return Err(EntryProblem::UnknownEndpoint);
        };
        if targets.quota.is_none() {
            return Err(EntryProblem::NoQuota);
        }
        let until = entry.until.ok_or(EntryProblem::MissingEnd)?;
        let limits = LimitOverride::new(index, limits, until)?;
        if let (Some(largest), Some(endpoint)) =
            (limits.largest_cost(), targets.costliest_for_all::<T>())
            && endpoint.cost() > largest
        {
            return Err(EntryProblem::QuotaBelowCost(endpoint));
        }
        let inserted = self.limits.insert(customer, None, limits);
        inserted.map_err(EntryProblem::DuplicateQuota)
    }

    /// Finds the overrides that apply to an endpoint and a customer. `customer` is the caller's id.
    /// Returns `None` if no overrides apply.
    #[inline]
    pub(crate) fn find(&self, endpoint: Endpoint, customer: Option<&str>) -> Option<Found<'_, T>> {
        let of_endpoint = self.by_endpoint.get(endpoint)?;
        let at = |index: Option<usize>| index.map(|index| &self.overrides[index]);
        let granted = customer.and_then(|customer| of_endpoint.grants.get(customer));
        let found = Found {
            close: at(of_endpoint.close),
            grant: at(granted.copied()),
            require: at(of_endpoint.require),
            observe: at(of_endpoint.observe),
        };
        let is_empty = found.close.is_none()
            && found.grant.is_none()
            && found.require.is_none()
            && found.observe.is_none();
        (!is_empty).then_some(found)
    }

    /// Finds the overrides of a caller's limits, including expired ones. Returns `None` if the caller has
    /// none, or if the caller is unknown or anonymous.
    #[cfg_attr(not(any(feature = "cli", feature = "quota")), allow(dead_code))]
    #[inline]
    pub(crate) fn limits_of(&self, caller: &Caller<T>) -> Option<&OfCustomer> {
        if caller.standing() != Standing::Known {
            return None;
        }
        self.limits.of(caller.id()?)
    }

    /// Returns whether both snapshots contain the same overrides, in any order.
    pub(crate) fn has_same_overrides(&self, other: &Self) -> bool {
        let mut overrides = self.overrides.iter().zip(&self.endpoints);
        self.overrides.len() == other.overrides.len()
            && overrides.all(|(entry, endpoint)| {
                other
                    .in_place_of(entry, *endpoint)
                    .is_some_and(|same| same == entry)
            })
    }

    /// Returns the override in this snapshot that `entry` would replace. `entry` is an override of this
    /// endpoint.
    pub(crate) fn in_place_of(
        &self,
        entry: &Override<T>,
        endpoint: Option<Endpoint>,
    ) -> Option<&Override<T>> {
        let of_endpoint = || self.by_endpoint.get(endpoint?);
        let index = match &entry.kind {
            OverrideKind::Close => of_endpoint()?.close,
            OverrideKind::Require(_) => of_endpoint()?.require,
            OverrideKind::Observe(_) => of_endpoint()?.observe,
            OverrideKind::Grant(customer) => of_endpoint()?.grants.get(customer).copied(),
            OverrideKind::Limit { customer, .. } | OverrideKind::Quota { customer, .. } => {
                let found = self.limits.of(customer)?.find(endpoint);
                found.map(|found| found.index)
            }
        };
        index.map(|index| &self.overrides[index])
    }
}

impl<T: Tier> Found<'_, T> {
    /// Returns the values on which a decision depends.
    #[inline]
    pub(crate) fn rules(&self) -> Rules {
        let with_rank = |entry: &Override<T>| match entry.kind {
            OverrideKind::Require(tier) | OverrideKind::Observe(tier) => {
                Some((tier.rank(), entry.until))
            }
            _ => None,
        };
        Rules {
            close: self.close.map(|entry| entry.until),
            grant: self.grant.map(|entry| entry.until),
            require: self.require.and_then(with_rank),
            observe: self.observe.and_then(with_rank),
        }
    }
}

impl<T> Default for Found<'_, T> {
    #[inline]
    fn default() -> Self {
        Self {
            close: None,
            grant: None,
            require: None,
            observe: None,
        }
    }
}
