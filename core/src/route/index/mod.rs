//! A catalogue's index, which finds the endpoint for an HTTP method and a path. The compiler builds the
//! index of a listed catalogue. At run time, the program only looks up endpoints.
//!
//! A template's shape states which of its segments are literals and which are parameters. Even a
//! catalogue with thousands of endpoints has few shapes. Templates with the same shape differ only in
//! their literals, which are looked up in a hash table. A lookup tries the shapes in order, starting
//! with the most specific shape. The lookup ends as soon as a template with the current shape matches
//! the path.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod candidates;
pub(crate) mod hash;
pub(crate) mod linear_search;
pub(crate) mod path_segments;
pub(crate) mod template_key;
#[cfg(test)]
pub(crate) mod tests;

use self::candidates::Candidates;
use self::linear_search::search_linearly;
use self::path_segments::PathSegments;
use self::template_key::{Key, SEGMENTS, Shape, slot_of, slots, tag_of};
use crate::route::canonical_path;
use crate::route::method::Method;
use crate::route::path_matching::Empty;

/// An endpoint that an index can contain.
pub(crate) trait Routed {
    /// Returns the HTTP method, a text that contains the template, and the positions in this text at
    /// which the template starts and ends. Returns `None` if the endpoint has no route.
    fn template(&self) -> Option<(Method, &[u8], usize, usize)>;

    /// Returns whether the router checks more than the HTTP method and the path.
    fn is_constrained(&self) -> bool;
}

/// A catalogue's index.
#[derive(Clone, Copy, Debug)]
pub struct Routes {
    slots: &'static [u32],
    shapes: &'static [Shape],
    has_long: bool,
}

impl Routes {
    /// The value for a catalogue without an index. Lookups in such a catalogue compare the path with
    /// each endpoint's template.
    pub const NONE: Self = Self::new(&[], &[], false);

    pub const fn new(slots: &'static [u32], shapes: &'static [Shape], has_long: bool) -> Self {
        Self {
            slots,
            shapes,
            has_long,
        }
    }

    /// Builds an index of endpoints that are known only at run time.
    ///
    /// If several endpoints have the same route, a lookup finds the first of them that has a
    /// constraint. If none of them has a constraint, the lookup finds the first endpoint with this
    /// route.
    pub(crate) fn of<E: Routed>(endpoints: &[E]) -> Self {
        let mut slots = vec![0; slots(endpoints.len())];
        let mut shapes: Vec<u128> = Vec::new();
        let mut has_long = false;
        let (constrained, unconstrained): (Vec<_>, Vec<_>) =
            (endpoints.iter().enumerate()).partition(|(_, endpoint)| endpoint.is_constrained());
        for (index, endpoint) in constrained.into_iter().chain(unconstrained) {
            let Some((_, text, start, end)) = endpoint.template() else {
                continue;
            };
            let key = Key::of(text, start, end);
            let mut slot = key.slot(slots.len());
            while slots[slot] != 0 {
                slot = (slot + 1) % slots.len();
            }
            slots[slot] = key.entry(index);
            has_long |= key.is_long;
            if let Err(position) = shapes.binary_search_by(|shape| key.shape.cmp(shape)) {
                shapes.insert(position, key.shape);
            }
        }
        let shapes: Vec<Shape> = shapes.into_iter().map(u128::to_be_bytes).collect();
        Self::new(slots.leak(), shapes.leak(), has_long)
    }

    /// Returns the endpoint that answers a request with this HTTP method and path. Considers only the
    /// most specific template that matches the path, even if none of the template's endpoints has the
    /// HTTP method.
    ///
    /// Literals are compared in decoded form, so `%6A` and `j` are equal. `method` is `None` if
    /// `#[requires_tier(…)]` has no option for the request's HTTP method.
    pub(crate) fn find<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
    ) -> Option<&'a E> {
        // A `PathSegments` is too large to move cheaply, so `read` fills it in place.
        let mut segments = PathSegments::unread(path.as_bytes());
        if !segments.read() {
            return None;
        }
        if segments.is_escaped {
            return self.find_decoded(endpoints, method, path);
        }
        self.visit_templates(endpoints, method, &segments, |candidates| {
            Some(candidates.chosen())
        })?
    }

    #[cold]
    fn find_decoded<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
    ) -> Option<&'a E> {
        // A path with a malformed escape, such as `/100%`, is compared without decoding.
        let canonical = canonical_path::canonical(path);
        let path = canonical.as_deref().unwrap_or(path);
        self.each_template(endpoints, method, path, Empty::No, |candidates| {
            Some(candidates.chosen())
        })?
    }

    /// Visits the templates that match this path, starting with the most specific one, until `visit`
    /// returns a value. Compares the path without decoding its escapes.
    pub(crate) fn each_template<'a, E: Routed, R>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
        empty: Empty,
        visit: impl FnMut(Candidates<'a, E>) -> Option<R>,
    ) -> Option<R> {
        let mut segments = PathSegments::unread(path.as_bytes());
        segments.empty = empty;
        if !segments.read() {
            return None;
        }
        self.visit_templates(endpoints, method, &segments, visit)
    }

    #[inline]
    fn visit_templates<'a, E: Routed, R>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        segments: &PathSegments<'_>,
        mut visit: impl FnMut(Candidates<'a, E>) -> Option<R>,
    ) -> Option<R> {
        if self.slots.is_empty() || (self.has_long && segments.count > SEGMENTS) {
            return search_linearly(endpoints, method, segments.path, segments.empty, visit);
        }
        self.shapes.iter().find_map(|shape| {
            let hash = segments.hash(shape)?;
            visit(self.probe(endpoints, method, hash, |template| {
                segments.fit(template, shape)
            })?)
        })
    }

    /// Returns the candidates of the template with this hash. `is_right_template` checks the template,
    /// because different templates can have the same hash.
    fn probe<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        hash: u64,
        is_right_template: impl Fn(&[u8]) -> bool,
    ) -> Option<Candidates<'a, E>> {
        let mut has_other_methods = false;
        // Compares endpoints with exactly this HTTP method first, because most lookups find such an
        // endpoint.
        let exact = self.probe_each(endpoints, hash, |endpoint_method, endpoint, template| {
            has_other_methods |= Some(endpoint_method) != method;
            (Some(endpoint_method) == method && is_right_template(template))
                .then(|| Candidates::exact(endpoint))
        });
        if exact.is_some() || !has_other_methods {
            return exact;
        }
        let mut candidates: Option<Candidates<'a, E>> = None;
        self.probe_each(endpoints, hash, |endpoint_method, endpoint, template| {
            if is_right_template(template) {
                let candidates = candidates.get_or_insert_with(|| Candidates::empty(endpoint));
                candidates.add(method, endpoint_method, endpoint);
            }
            None::<()>
        });
        candidates
    }

    /// Visits the endpoints whose templates may have this hash, until `visit` returns a value.
    #[inline]
    fn probe_each<'a, E: Routed, R>(
        &self,
        endpoints: &'a [E],
        hash: u64,
        mut visit: impl FnMut(Method, &'a E, &'a [u8]) -> Option<R>,
    ) -> Option<R> {
        let mut slot = slot_of(hash, self.slots.len());
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return None;
            }
            if let Some(index) = Key::index(entry, tag_of(hash)) {
                let endpoint = &endpoints[index];
                if let Some((method, text, start, end)) = endpoint.template()
                    && let Some(result) = visit(method, endpoint, &text[start..end])
                {
                    return Some(result);
                }
            }
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
    }
}
