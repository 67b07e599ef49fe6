//! Finds the templates that match a path by comparing the path with every endpoint's template.

use crate::route::index::Routed;
use crate::route::index::candidates::Candidates;
use crate::route::method::Method;
use crate::route::path_matching::{Empty, matches};
use crate::route::template_comparison::by_specificity;
use std::cmp::Ordering;

/// Does the same as [`Routes::each_template`](super::Routes::each_template), but without an index.
pub(super) fn search_linearly<'a, E: Routed, R>(
    endpoints: &'a [E],
    method: Option<Method>,
    path: &[u8],
    empty: Empty,
    mut visit: impl FnMut(Candidates<'a, E>) -> Option<R>,
) -> Option<R> {
    let mut last_visited: Option<&str> = None;
    loop {
        let mut most_specific: Option<(&str, Candidates<'a, E>)> = None;
        for endpoint in endpoints {
            let Some((endpoint_method, template)) = method_and_template(endpoint) else {
                continue;
            };
            let is_unvisited =
                last_visited.is_none_or(|visited| by_specificity(template, visited).is_lt());
            if !is_unvisited || !matches(template.as_bytes(), path, empty) {
                continue;
            }
            // If two templates match the same path and are equally specific, they differ at most in
            // their parameter names.
            let order = most_specific
                .as_ref()
                .map_or(Ordering::Greater, |(best_template, _)| {
                    by_specificity(template, best_template)
                });
            if order.is_gt() {
                most_specific = Some((template, Candidates::empty(endpoint)));
            }
            if let (true, Some((_, candidates))) = (order.is_ge(), &mut most_specific) {
                candidates.add(method, endpoint_method, endpoint);
            }
        }
        let (template, candidates) = most_specific?;
        if let Some(result) = visit(candidates) {
            return Some(result);
        }
        last_visited = Some(template);
    }
}

fn method_and_template<E: Routed>(endpoint: &E) -> Option<(Method, &str)> {
    let (method, text, start, end) = endpoint.template()?;
    Some((method, std::str::from_utf8(&text[start..end]).ok()?))
}
