//! The index of a catalogue, which finds the endpoint for a method and a path. The compiler builds the
//! index of a listed catalogue, so the program only looks up endpoints at run time.
//!
//! The shape of a template states which segments are literals and which are parameters. A catalogue of
//! thousands of endpoints has few shapes. Templates of the same shape differ only in their literals,
//! which are looked up in a hash table. A lookup tries the shapes in order, the most specific one first.
//! The first template that has the current shape and matches the path is the result.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod answers;
pub(crate) mod hash;
pub(crate) mod key;
pub(crate) mod path_segments;
pub(crate) mod routed;
pub(crate) mod shape;
#[cfg(test)]
pub(crate) mod tests;

use self::answers::{Answers, visit_one_by_one};
use self::key::{Key, slot_of, slots, tag_of};
use self::path_segments::PathSegments;
use self::routed::Routed;
use self::shape::{SEGMENTS, Shape};
use crate::route::matching::Empty;
use crate::route::method::Method;
use crate::route::spelling;

/// The index of a catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Routes {
    slots: &'static [u32],
    shapes: &'static [Shape],
    has_long: bool,
}

impl Routes {
    /// No index. A lookup compares the path with each endpoint.
    pub const NONE: Self = Self::new(&[], &[], false);

    pub const fn new(slots: &'static [u32], shapes: &'static [Shape], has_long: bool) -> Self {
        Self {
            slots,
            shapes,
            has_long,
        }
    }

    /// Builds the index of endpoints that are known only at run time.
    ///
    /// If several endpoints have the same route, a lookup finds the first. Endpoints with a constraint
    /// come before the others.
    pub(crate) fn of<E: Routed>(endpoints: &[E]) -> Self {
        let mut slots = vec![0; slots(endpoints.len())];
        let mut shapes: Vec<u128> = Vec::new();
        let mut has_long = false;
        let (constrained, others): (Vec<_>, Vec<_>) =
            (endpoints.iter().enumerate()).partition(|(_, endpoint)| endpoint.is_constrained());
        for (index, endpoint) in constrained.into_iter().chain(others) {
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
            if let Err(place) = shapes.binary_search_by(|shape| key.shape.cmp(shape)) {
                shapes.insert(place, key.shape);
            }
        }
        let shapes: Vec<Shape> = shapes.into_iter().map(u128::to_be_bytes).collect();
        Self::new(slots.leak(), shapes.leak(), has_long)
    }

    /// Returns the endpoint that answers this method and path. Only the endpoints of the most specific
    /// template that matches the path are considered, even if none of them has the method.
    ///
    /// Literals are compared in decoded form. `method` is `None` for a method that the attribute has no
    /// option for.
    pub(crate) fn find<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
    ) -> Option<&'a E> {
        // Filled in place, because this value is too big to move cheaply.
        let mut segments = PathSegments::none(path.as_bytes());
        if !segments.read() {
            return None;
        }
        if segments.is_escaped {
            return self.find_decoded(endpoints, method, path);
        }
        self.visit(endpoints, method, &segments, |answers| {
            Some(answers.chosen())
        })?
    }

    #[cold]
    fn find_decoded<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
    ) -> Option<&'a E> {
        // A path with a malformed escape is compared without decoding.
        let canonical = spelling::canonical(path);
        let path = canonical.as_deref().unwrap_or(path);
        self.each_template(endpoints, method, path, Empty::No, |answers| {
            Some(answers.chosen())
        })?
    }

    /// Visits the templates that match this path, the most specific one first, until the visitor
    /// returns a value. Paths are compared without decoding.
    pub(crate) fn each_template<'a, E: Routed, R>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
        empty: Empty,
        visit: impl FnMut(Answers<'a, E>) -> Option<R>,
    ) -> Option<R> {
        let mut segments = PathSegments::none(path.as_bytes());
        segments.empty = empty;
        if !segments.read() {
            return None;
        }
        self.visit(endpoints, method, &segments, visit)
    }

    #[inline]
    fn visit<'a, E: Routed, R>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        segments: &PathSegments<'_>,
        mut visit: impl FnMut(Answers<'a, E>) -> Option<R>,
    ) -> Option<R> {
        if self.slots.is_empty() || (self.has_long && segments.count > SEGMENTS) {
            return visit_one_by_one(endpoints, method, segments.path, segments.empty, visit);
        }
        self.shapes.iter().find_map(|shape| {
            let hash = segments.hash(shape)?;
            visit(self.probe(endpoints, method, hash, |template| {
                segments.fit(template, shape)
            })?)
        })
    }

    /// Returns the answers of the template with this hash, if it is the right template.
    fn probe<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        hash: u64,
        is_right: impl Fn(&[u8]) -> bool,
    ) -> Option<Answers<'a, E>> {
        let mut has_other_methods = false;
        // Most lookups find an endpoint with exactly this method, so these endpoints are compared first.
        let exact = self.probe_each(endpoints, hash, |own, endpoint, template| {
            has_other_methods |= Some(own) != method;
            (Some(own) == method && is_right(template)).then(|| Answers::exact(endpoint))
        });
        if exact.is_some() || !has_other_methods {
            return exact;
        }
        let mut answers: Option<Answers<'a, E>> = None;
        self.probe_each(endpoints, hash, |own, endpoint, template| {
            if is_right(template) {
                let answers = answers.get_or_insert_with(|| Answers::none(endpoint));
                answers.add(method, own, endpoint);
            }
            None::<()>
        });
        answers
    }

    /// Visits the endpoints whose templates may have this hash.
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
                    && let Some(found) = visit(method, endpoint, &text[start..end])
                {
                    return Some(found);
                }
            }
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
    }
}
