//! Finds clashes. Two endpoints clash if some path matches both of their templates, and neither template
//! is an exception to the other. For example, `/units/all` matches both `/{kind}/all` and `/units/{id}`.

use crate::catalogue::audit::finding::Finding;
use crate::endpoint::Endpoint;
use crate::route::method::Method;
use crate::route::template_comparison::{Relation, relation};
use crate::route::template_tree::TemplateTree;
use std::collections::HashMap;

/// Returns a finding for each pair of clashing endpoints. Every endpoint must have a route.
pub(super) fn clashes(endpoints: &[&Endpoint]) -> Vec<Finding> {
    let mut trees_by_method: HashMap<Method, TemplateTree<'_>> = HashMap::new();
    let mut overlapping_pairs = Vec::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        if let Some((method, path)) = endpoint.route() {
            let template_tree = trees_by_method.entry(method).or_default();
            let mut overlapping_indices = template_tree.insert(path, index);
            for (tree_method, template_tree) in &trees_by_method {
                let is_any = [method, *tree_method].contains(&Method::Any);
                if is_any && method != *tree_method {
                    overlapping_indices.extend(template_tree.overlapping(path));
                }
            }
            overlapping_pairs.extend(overlapping_indices.into_iter().map(|other| (other, index)));
        }
    }
    overlapping_pairs.sort_unstable();
    overlapping_pairs
        .into_iter()
        .filter_map(|(one, other)| clash_between(*endpoints[one], *endpoints[other]))
        .collect()
}

fn clash_between(one: Endpoint, other: Endpoint) -> Option<Finding> {
    let is_constrained = one.is_constrained() || other.is_constrained();
    match relation(one.path()?, other.path()?) {
        // An `any` endpoint doesn't clash with another endpoint that has the same template, because it
        // answers only the HTTP methods that the other endpoint doesn't answer.
        Relation::Same if one.method() != other.method() => None,
        Relation::Same | Relation::Crossing if is_constrained => {
            Some(Finding::Constrained(one, other))
        }
        Relation::Same => Some(Finding::SameRoute(one, other)),
        Relation::Crossing => Some(Finding::Overlap(one, other)),
        Relation::Apart | Relation::Nested => None,
    }
}
