//! A validated set of overrides, indexed by endpoint and customer.

use crate::access::decision::decide::Rules;
use crate::access::overrides::invalid::{EntryProblem, InvalidOverrides};
use crate::access::overrides::override_entry::{EndpointId, Override, OverrideKind};
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The maximum length in bytes of a customer's id, an author and a reason.
const LONGEST_TEXT: usize = 1024;

/// The overrides that were installed together.
pub(crate) struct OverrideSnapshot<T> {
    pub(crate) version: Option<u64>,
    pub(crate) overrides: Vec<Override<T>>,
    /// The endpoint of each override, in the same order.
    pub(crate) endpoints: Vec<Endpoint>,
    by_endpoint: HashMap<Key, OfEndpoint>,
}

/// The positions of an endpoint's overrides in the snapshot.
#[derive(Default)]
struct OfEndpoint {
    close: Option<usize>,
    require: Option<usize>,
    observe: Option<usize>,
    grants: HashMap<Arc<str>, usize>,
}

/// An endpoint that hashes quickly. Hashing the endpoint's texts for each request would be slow.
#[derive(PartialEq, Eq)]
struct Key(Endpoint);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let text_length = self.0.0.text.len() as u64;
        state.write_u64(text_length << 32 | u64::from(self.0.line()));
    }
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
            by_endpoint: HashMap::new(),
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
                .map_err(|problem| InvalidOverrides::entry(index, entry.to_string(), problem))?;
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
        let of_endpoint = self.by_endpoint.entry(Key(endpoint)).or_default();
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

    /// Finds the overrides that apply to an endpoint and a customer. `customer` is the caller's id.
    /// Returns `None` if the endpoint has no overrides.
    #[inline]
    pub(crate) fn find(&self, endpoint: Endpoint, customer: Option<&str>) -> Option<Found<'_, T>> {
        if self.by_endpoint.is_empty() {
            return None;
        }
        let of_endpoint = self.by_endpoint.get(&Key(endpoint))?;
        let at = |index: Option<usize>| index.map(|index| &self.overrides[index]);
        let granted = customer.and_then(|customer| of_endpoint.grants.get(customer));
        Some(Found {
            close: at(of_endpoint.close),
            grant: at(granted.copied()),
            require: at(of_endpoint.require),
            observe: at(of_endpoint.observe),
        })
    }

    /// Returns whether both snapshots contain the same overrides, in any order.
    pub(crate) fn has_same_overrides(&self, other: &Self) -> bool {
        self.overrides.len() == other.overrides.len()
            && self
                .overrides
                .iter()
                .all(|entry| other.overrides.contains(entry))
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
