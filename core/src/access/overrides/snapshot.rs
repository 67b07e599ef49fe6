//! A validated set of overrides, indexed by endpoint and customer.

use crate::access::decision::decide::Rules;
use crate::access::overrides::invalid::{EntryProblem, InvalidOverrides};
use crate::access::overrides::override_entry::{EndpointId, Override, OverrideKind};
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// The maximum length in bytes of a customer's id, an author and a reason.
const LONGEST_TEXT: usize = 1024;

/// The overrides that were installed together.
pub(crate) struct OverrideSnapshot<T> {
    pub(crate) version: Option<u64>,
    pub(crate) overrides: Vec<Override<T>>,
    /// The endpoint of each override, in the same order.
    pub(crate) endpoints: Vec<Endpoint>,
    /// Sorted by [`sort_key`].
    by_endpoint: Vec<(Endpoint, OfEndpoint)>,
}

/// The positions of an endpoint's overrides in the snapshot.
#[derive(Default)]
struct OfEndpoint {
    close: Option<usize>,
    require: Option<usize>,
    observe: Option<usize>,
    grants: HashMap<Arc<str>, usize>,
}

/// Returns the number that endpoints are sorted by. Few endpoints in a catalogue share a number.
/// Hashing the endpoint's texts for each request would be slower.
#[inline]
fn sort_key(endpoint: Endpoint) -> (u32, usize) {
    (endpoint.line(), endpoint.0.text.len())
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
            by_endpoint: Vec::new(),
        }
    }

    /// Validates and indexes overrides of these endpoints.
    ///
    /// # Errors
    /// Returns an error about the first invalid override.
    pub(crate) fn new(
        version: u64,
        overrides: Vec<Override<T>>,
        catalogue: &[Endpoint],
    ) -> Result<Self, InvalidOverrides> {
        let mut snapshot = Self {
            version: Some(version),
            ..Self::empty()
        };
        for (index, entry) in overrides.iter().enumerate() {
            let endpoint = snapshot
                .add(index, entry, catalogue)
                .map_err(|problem| InvalidOverrides::entry(index, entry.description(), problem))?;
            snapshot.endpoints.push(endpoint);
        }
        snapshot.overrides = overrides;
        Ok(snapshot)
    }

    fn add(
        &mut self,
        index: usize,
        entry: &Override<T>,
        catalogue: &[Endpoint],
    ) -> Result<Endpoint, EntryProblem> {
        let endpoint = find_endpoint(&entry.endpoint, catalogue)?;
        if !endpoint.is_of::<T>() {
            return Err(EntryProblem::PublicEndpoint);
        }
        if entry.until.is_none() && entry.kind != OverrideKind::Close {
            return Err(EntryProblem::MissingEnd);
        }
        let customer = match &entry.kind {
            OverrideKind::Grant(customer) => Some(&**customer),
            _ => None,
        };
        if customer == Some("") {
            return Err(EntryProblem::EmptyCustomer);
        }
        for (field, text) in [
            ("customer", customer),
            ("by", entry.author()),
            ("because", entry.reason()),
        ] {
            if text.is_some_and(|text| text.len() > LONGEST_TEXT) {
                return Err(EntryProblem::TextTooLong(field));
            }
        }
        let of_endpoint = self.entry_of(endpoint);
        let place = match &entry.kind {
            OverrideKind::Close => &mut of_endpoint.close,
            OverrideKind::Require(_) => &mut of_endpoint.require,
            OverrideKind::Observe(_) => &mut of_endpoint.observe,
            OverrideKind::Grant(customer) => match of_endpoint.grants.entry(customer.clone()) {
                Entry::Occupied(earlier) => return Err(EntryProblem::DuplicateOf(*earlier.get())),
                Entry::Vacant(place) => {
                    place.insert(index);
                    return Ok(endpoint);
                }
            },
        };
        match place.replace(index) {
            Some(earlier) => Err(EntryProblem::DuplicateOf(earlier)),
            None => Ok(endpoint),
        }
    }

    fn entry_of(&mut self, endpoint: Endpoint) -> &mut OfEndpoint {
        let index = self.position(endpoint).unwrap_or_else(|index| {
            let new = (endpoint, OfEndpoint::default());
            self.by_endpoint.insert(index, new);
            index
        });
        &mut self.by_endpoint[index].1
    }

    /// Returns the index of an endpoint in `by_endpoint`, or the index at which to insert it.
    fn position(&self, endpoint: Endpoint) -> Result<usize, usize> {
        let key = sort_key(endpoint);
        let first = self
            .by_endpoint
            .partition_point(|(other, _)| sort_key(*other) < key);
        let mut same_key = self.by_endpoint[first..]
            .iter()
            .take_while(|(other, _)| sort_key(*other) == key);
        let offset = same_key.position(|(other, _)| *other == endpoint);
        offset.map_or(Err(first), |offset| Ok(first + offset))
    }

    /// Finds the overrides that apply to an endpoint and a customer. `customer` is the caller's id.
    /// Returns `None` if no overrides apply.
    #[inline]
    pub(crate) fn find(&self, endpoint: Endpoint, customer: Option<&str>) -> Option<Found<'_, T>> {
        let of_endpoint = &self.by_endpoint[self.position(endpoint).ok()?].1;
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
        endpoint: Endpoint,
    ) -> Option<&Override<T>> {
        let of_endpoint = &self.by_endpoint[self.position(endpoint).ok()?].1;
        let index = match &entry.kind {
            OverrideKind::Close => of_endpoint.close,
            OverrideKind::Require(_) => of_endpoint.require,
            OverrideKind::Observe(_) => of_endpoint.observe,
            OverrideKind::Grant(customer) => of_endpoint.grants.get(customer).copied(),
        };
        index.map(|index| &self.overrides[index])
    }
}

fn find_endpoint(id: &EndpointId, catalogue: &[Endpoint]) -> Result<Endpoint, EntryProblem> {
    let is_identified = |endpoint: &Endpoint| match id {
        EndpointId::Endpoint(wanted) => endpoint == wanted,
        EndpointId::Text(text) => endpoint.is_identified_by(text),
    };
    let mut matches = catalogue.iter().filter(|endpoint| is_identified(endpoint));
    match (matches.next(), matches.next()) {
        (None, _) => Err(EntryProblem::UnknownEndpoint),
        (Some(endpoint), None) => Ok(*endpoint),
        (Some(_), Some(_)) => Err(EntryProblem::AmbiguousEndpoint),
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
            OverrideKind::Close | OverrideKind::Grant(_) => None,
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
