//! The endpoints of a template that may answer a method.

use crate::route::index::routed::{Routed, route_of};
use crate::route::matching::{Empty, matches};
use crate::route::method::Method;
use crate::route::specificity::by_specificity;
use std::cmp::Ordering;

/// The endpoints of one template that may answer a method.
#[derive(Debug)]
pub(crate) struct Answers<'a, E> {
    /// An endpoint of the template, with any method.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) of_template: &'a E,
    /// The endpoint with exactly this method. If it exists, `get` and `any` may be unset.
    pub(crate) exact: Option<&'a E>,
    /// The `GET` endpoint, for a `HEAD` request.
    get: Option<&'a E>,
    /// The `any` endpoint, for methods without a separate endpoint.
    pub(crate) any: Option<&'a E>,
}

impl<'a, E> Answers<'a, E> {
    pub(super) fn none(of_template: &'a E) -> Self {
        Self {
            of_template,
            exact: None,
            get: None,
            any: None,
        }
    }

    pub(super) fn exact(endpoint: &'a E) -> Self {
        Self {
            exact: Some(endpoint),
            ..Self::none(endpoint)
        }
    }

    /// Adds an endpoint of this template. If several endpoints have the same route, keeps the first.
    pub(super) fn add(&mut self, method: Option<Method>, own: Method, endpoint: &'a E) {
        let place = if Some(own) == method {
            &mut self.exact
        } else if own == Method::Any {
            &mut self.any
        } else if own == Method::Get && method == Some(Method::Head) {
            &mut self.get
        } else {
            return;
        };
        place.get_or_insert(endpoint);
    }

    /// Returns the endpoint that a router picks.
    pub(crate) fn chosen(&self) -> Option<&'a E> {
        self.exact.or(self.get).or(self.any)
    }
}

/// Does the same as [`Routes::each_template`](super::Routes::each_template), without an index.
pub(super) fn visit_one_by_one<'a, E: Routed, R>(
    endpoints: &'a [E],
    method: Option<Method>,
    path: &[u8],
    empty: Empty,
    mut visit: impl FnMut(Answers<'a, E>) -> Option<R>,
) -> Option<R> {
    let mut last: Option<&str> = None;
    loop {
        let mut best: Option<(&str, Answers<'a, E>)> = None;
        for endpoint in endpoints {
            let Some((own, template)) = route_of(endpoint) else {
                continue;
            };
            let is_new = last.is_none_or(|last| by_specificity(template, last).is_lt());
            if !is_new || !matches(template.as_bytes(), path, empty) {
                continue;
            }
            // Two equally specific templates that match the same path have the same literals.
            let order = best.as_ref().map_or(Ordering::Greater, |(best, _)| {
                by_specificity(template, best)
            });
            if order.is_gt() {
                best = Some((template, Answers::none(endpoint)));
            }
            if let (true, Some((_, answers))) = (order.is_ge(), &mut best) {
                answers.add(method, own, endpoint);
            }
        }
        let (template, answers) = best?;
        if let Some(found) = visit(answers) {
            return Some(found);
        }
        last = Some(template);
    }
}
