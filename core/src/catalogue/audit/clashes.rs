//! Finds pairs of endpoints that wrongly share a path.

use crate::catalogue::audit::finding::Finding;
use crate::endpoint::Endpoint;
use crate::route::method::Method;
use crate::route::overlaps::Templates;
use crate::route::relation::{Relation, relation};
use std::collections::HashMap;

/// Returns a finding for each pair of endpoints that wrongly share a path. Every endpoint must have a
/// route.
pub(super) fn clashes(endpoints: &[&Endpoint]) -> Vec<Finding> {
    let mut methods: HashMap<Method, Templates<'_>> = HashMap::new();
    let mut pairs = Vec::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        if let Some((method, path)) = endpoint.route() {
            let mut others = methods.entry(method).or_default().insert(path, index);
            for (other_method, templates) in &methods {
                let is_any = [method, *other_method].contains(&Method::Any);
                if is_any && method != *other_method {
                    others.extend(templates.overlapping(path));
                }
            }
            pairs.extend(others.into_iter().map(|other| (other, index)));
        }
    }
    pairs.sort_unstable();
    let clash = |(one, other): (usize, usize)| clash(*endpoints[one], *endpoints[other]);
    pairs.into_iter().filter_map(clash).collect()
}

fn clash(one: Endpoint, other: Endpoint) -> Option<Finding> {
    let is_constrained = one.is_constrained() || other.is_constrained();
    match relation(one.path()?, other.path()?) {
        // An `any` endpoint answers only the methods for which its template has no other endpoint.
        Relation::Same if one.method() != other.method() => None,
        Relation::Same | Relation::Crossing if is_constrained => {
            Some(Finding::Constrained(one, other))
        }
        Relation::Same => Some(Finding::SameRoute(one, other)),
        Relation::Crossing => Some(Finding::Overlap(one, other)),
        Relation::Apart | Relation::Nested => None,
    }
}
