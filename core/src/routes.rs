//! The index of a catalogue: which endpoint answers a method and a path. A listed catalogue's is
//! built by the compiler, so that there is nothing to do at run time but to look up.
//!
//! A template has a shape: which of its segments are literals, which parameters. A catalogue of
//! thousands of endpoints has few shapes. What else tells its templates apart are the literals, by
//! which they are found in a hash table. A path is looked up once for each shape, the most specific
//! shape first, so the first template found is the one that answers.
// Public for generated code only.
#![allow(missing_docs)]

use crate::Endpoint;
use crate::route::{self, Method};

/// The kinds of a template's segments, which are compared like numbers: the more specific shape is
/// the greater one.
pub type Shape = [u8; SEGMENTS];

/// How many segments a shape has. Longer templates are looked up one after the other.
const SEGMENTS: usize = 16;

/// Behind the last segment.
const END: u8 = 0;
/// `{*rest}`.
const REST: u8 = 1;
/// `{id}`; what stands before a parameter in its segment is added to this, in bytes.
const PARAMETER: u8 = 2;
/// A segment without a parameter.
const LITERAL: u8 = 255;

/// An entry of the hash table: one more than an index, so that 0 is a free slot, in the lower bits,
/// and a part of the hash above, so that few endpoints are looked at in vain.
const INDEX_BITS: u32 = 20;

/// The number of slots of a hash table for `count` routes.
pub const fn slots(count: usize) -> usize {
    count + count / 2 + 1
}

/// An index, ready to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Routes {
    slots: &'static [u32],
    shapes: &'static [Shape],
    has_long: bool,
}

impl Routes {
    /// No index: each endpoint is looked at.
    pub const NONE: Self = Self::new(&[], &[], false);

    pub const fn new(slots: &'static [u32], shapes: &'static [Shape], has_long: bool) -> Self {
        Self {
            slots,
            shapes,
            has_long,
        }
    }

    /// The index of endpoints that are known at run time only. Of two for one route the first one
    /// is found.
    pub fn of(endpoints: &[Endpoint]) -> Self {
        let mut slots = vec![0; slots(endpoints.len())];
        let mut shapes: Vec<u128> = Vec::new();
        let mut has_long = false;
        for (index, endpoint) in endpoints.iter().enumerate() {
            let Some((_, template)) = endpoint.route() else {
                continue;
            };
            let key = Key::of(template.as_bytes(), 0, template.len());
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

    /// The endpoint of these that answers the path by this very method. `EMPTY` is that of
    /// [`route::matches`].
    pub(crate) fn find<'a, const EMPTY: bool>(
        &self,
        endpoints: &'a [Endpoint],
        method: Method,
        path: &str,
    ) -> Option<&'a Endpoint> {
        let path = path.as_bytes();
        // In its place, as it is too big to be moved.
        let mut segments = Segments::none(path);
        if !segments.read() {
            return None;
        }
        if self.slots.is_empty() || (self.has_long && segments.count > SEGMENTS) {
            return find_one_by_one::<EMPTY>(endpoints, method, path);
        }
        self.shapes.iter().find_map(|shape| {
            let hash = segments.hash::<EMPTY>(shape)?;
            self.probe::<EMPTY>(endpoints, hash, method, path)
        })
    }

    fn probe<'a, const EMPTY: bool>(
        &self,
        endpoints: &'a [Endpoint],
        hash: u64,
        method: Method,
        path: &[u8],
    ) -> Option<&'a Endpoint> {
        let mut slot = slot_of(hash, self.slots.len());
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return None;
            }
            if let Some(index) = Key::index(entry, tag_of(hash)) {
                let endpoint = &endpoints[index];
                if endpoint.answers::<EMPTY>(method, path) {
                    return Some(endpoint);
                }
            }
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
    }
}

fn find_one_by_one<'a, const EMPTY: bool>(
    endpoints: &'a [Endpoint],
    method: Method,
    path: &[u8],
) -> Option<&'a Endpoint> {
    endpoints
        .iter()
        .filter(|endpoint| endpoint.answers::<EMPTY>(method, path))
        .max_by(|left, right| {
            let template = |endpoint: &Endpoint| endpoint.path().unwrap_or_default();
            route::by_specificity(template(left), template(right))
        })
}

/// What a template is found by.
///
/// The compiler makes one for each listed handler, and takes a thousand times longer for it than a
/// program would, most of all for a call: hence no call in the loop, and hashes of 32 bits, which
/// plain operators compute in 64 without an overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    hash: u64,
    /// A [`Shape`], as a number.
    pub(crate) shape: u128,
    /// Whether there are more segments than a shape has.
    pub(crate) is_long: bool,
}

impl Key {
    /// The key of the template that stands in `text` from `start` to `end`.
    // What stands before a parameter is no longer than 250 bytes.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn of(text: &[u8], start: usize, end: usize) -> Self {
        let (mut key, mut shape, mut segments) = (0, 0, 0);
        // Behind the first slash.
        let mut at = start + 1;
        loop {
            let segment = at;
            let mut hash = SEED;
            let mut kind = LITERAL;
            while at < end && text[at] != b'/' {
                if text[at] == b'{' {
                    // A parameter ends its segment. The attribute takes no longer prefix than fits.
                    kind = PARAMETER + (at - segment) as u8;
                    if text[at + 1] == b'*' {
                        kind = REST;
                    }
                    while text[at] != b'}' {
                        at += 1;
                    }
                } else {
                    hash = ((hash ^ text[at] as u64) * PRIME) & MASK;
                }
                at += 1;
            }
            // As `add` does it.
            key = ((key ^ hash) * PRIME) & MASK;
            key = ((key ^ (key >> 15) ^ (kind != LITERAL) as u64) * PRIME) & MASK;
            if segments < SEGMENTS {
                shape |= (kind as u128) << (8 * (SEGMENTS - 1 - segments));
            }
            segments += 1;
            if at >= end {
                return Self {
                    hash: key,
                    shape,
                    is_long: segments > SEGMENTS,
                };
            }
            at += 1;
        }
    }

    pub(crate) const fn slot(&self, slots: usize) -> usize {
        slot_of(self.hash, slots)
    }

    /// The index of an entry, if its template may be that of the other entry.
    pub(crate) const fn index(entry: u32, other: u32) -> Option<usize> {
        if entry >> INDEX_BITS == other >> INDEX_BITS {
            Some((entry & ((1 << INDEX_BITS) - 1)) as usize - 1)
        } else {
            None
        }
    }

    /// # Panics
    /// If there are more endpoints than an entry can tell apart: a million.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn entry(&self, index: usize) -> u32 {
        assert!(
            index < (1 << INDEX_BITS) - 1,
            "a catalogue has at most a million endpoints"
        );
        tag_of(self.hash) | (index as u32 + 1)
    }
}

/// FNV-1a, of 32 bits.
const SEED: u64 = 0x811c_9dc5;
const PRIME: u64 = 0x0100_0193;
const MASK: u64 = 0xffff_ffff;

const fn hash(bytes: &[u8]) -> u64 {
    let mut hash = SEED;
    let mut at = 0;
    while at < bytes.len() {
        hash = add_byte(hash, bytes[at]);
        at += 1;
    }
    hash
}

const fn add_byte(hash: u64, byte: u8) -> u64 {
    ((hash ^ byte as u64) * PRIME) & MASK
}

/// The hash of a template from those of its segments. Of a parameter it is that of what stands
/// before it.
const fn add(key: u64, segment: u64, is_parameter: bool) -> u64 {
    let key = ((key ^ segment) * PRIME) & MASK;
    ((key ^ (key >> 15) ^ is_parameter as u64) * PRIME) & MASK
}

const fn slot_of(hash: u64, slots: usize) -> usize {
    ((hash * slots as u64) >> 32) as usize
}

/// The lower bits, as the upper ones say in which slot.
const fn tag_of(hash: u64) -> u32 {
    ((hash & 0xfff) as u32) << INDEX_BITS
}

/// A path that is looked up, cut at its slashes.
struct Segments<'a> {
    path: &'a [u8],
    /// Where each segment starts; one more than there are segments, for the end of the last one.
    starts: [usize; SEGMENTS + 1],
    hashes: [u64; SEGMENTS],
    /// One more than a shape has if there are more.
    count: usize,
}

impl<'a> Segments<'a> {
    fn none(path: &'a [u8]) -> Self {
        Self {
            path,
            starts: [1; SEGMENTS + 1],
            hashes: [0; SEGMENTS],
            count: 0,
        }
    }

    /// Reads the path, once, as this is most of what a look-up costs. False if it is none.
    fn read(&mut self) -> bool {
        let Some((b'/', rest)) = self.path.split_first() else {
            return false;
        };
        let (mut hash, mut rest) = (SEED, rest.iter());
        while let Some(&byte) = rest.next() {
            if byte != b'/' {
                hash = add_byte(hash, byte);
                continue;
            }
            if !self.end(self.path.len() - rest.len() - 1, hash) {
                return true;
            }
            hash = SEED;
        }
        self.end(self.path.len(), hash);
        true
    }

    /// Ends a segment, if there is room for it.
    #[inline]
    fn end(&mut self, index: usize, hash: u64) -> bool {
        let count = self.count;
        self.count += 1;
        if count == SEGMENTS {
            return false;
        }
        self.hashes[count] = hash;
        self.starts[count + 1] = index + 1;
        true
    }

    /// The hash of a template of this shape that matches the path, if one can.
    fn hash<const EMPTY: bool>(&self, shape: &Shape) -> Option<u64> {
        if shape.get(self.count).is_some_and(|&kind| kind != END) {
            return None;
        }
        let mut result = 0;
        for (index, &kind) in shape.iter().enumerate() {
            if kind == END {
                return (index == self.count).then_some(result);
            }
            if index >= self.count {
                return None;
            }
            let (start, end) = (self.starts[index], self.starts[index + 1] - 1);
            match kind {
                LITERAL => result = add(result, self.hashes[index], false),
                REST => return (start < self.path.len()).then_some(add(result, SEED, true)),
                parameter => {
                    let prefix = usize::from(parameter - PARAMETER);
                    let is_empty = end - start == prefix;
                    let may_be_empty = EMPTY && index + 1 < self.count;
                    if end - start < prefix || (is_empty && !may_be_empty) {
                        return None;
                    }
                    result = add(result, hash(&self.path[start..start + prefix]), true);
                }
            }
        }
        (self.count == SEGMENTS).then_some(result)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Key, Routes, Segments, find_one_by_one};
    use crate::Endpoint;
    use crate::endpoint::Record;
    use crate::route::Method;

    fn key(template: &str) -> Key {
        Key::of(template.as_bytes(), 0, template.len())
    }

    fn shape(template: &str) -> u128 {
        key(template).shape
    }

    fn read(path: &str) -> Option<Segments<'_>> {
        let mut segments = Segments::none(path.as_bytes());
        segments.read().then_some(segments)
    }

    #[test]
    fn the_more_specific_shape_is_greater() {
        for (greater, less) in [
            ("/a/b", "/a/{x}"),
            ("/a/{x}", "/a/{*x}"),
            ("/a/{x}", "/{x}/b"),
            ("/@{x}", "/{x}"),
            ("/ab{x}", "/a{x}"),
            ("/a/{x}/c", "/a/{x}/{*x}"),
        ] {
            assert!(shape(greater) > shape(less), "{greater} {less}");
        }
    }

    #[test]
    fn the_names_of_parameters_do_not_count() {
        assert_eq!(key("/a/{x}/@{y}"), key("/a/{other}/@{z}"));
    }

    #[test]
    fn a_path_has_the_hash_of_its_template() {
        for (template, path) in [
            ("/", "/"),
            ("/units", "/units"),
            ("/units/", "/units/"),
            ("/units/{id}/notes", "/units/7/notes"),
            ("/@{user}/x", "/@ada/x"),
            ("/files/{*rest}", "/files/a/b/c"),
            (
                "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
                "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
            ),
            (
                "/1/{*rest}",
                "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18",
            ),
        ] {
            let key = key(template);
            let segments = read(path).expect(path);
            let shape = key.shape.to_be_bytes();
            let found = segments.hash::<false>(&shape);
            assert_eq!(found, Some(key.hash), "{template} {path}");
        }
    }

    #[test]
    fn paths_that_cannot_match_a_shape_have_no_hash() {
        for (template, path) in [
            ("/units/{id}", "/units"),
            ("/units/{id}", "/units/"),
            ("/units/{id}", "/units/7/"),
            ("/@{user}", "/@"),
            ("/files/{*rest}", "/files/"),
            ("/files/{*rest}", "/files"),
        ] {
            let segments = read(path).expect(path);
            let shape = shape(template).to_be_bytes();
            assert_eq!(segments.hash::<false>(&shape), None, "{template} {path}");
        }
        assert!(read("units").is_none() && read("").is_none());
    }

    fn endpoint(method: Method, template: &str) -> Endpoint {
        let text: &'static str = template.to_owned().leak();
        Endpoint(Box::leak(Box::new(Record {
            text,
            tiers: None,
            line: 0,
            required: 0,
            name: 0,
            path: text.len().try_into().expect("a short template"),
            summary: 0,
            method: Some(method),
        })))
    }

    /// Every sequence of up to three of these parts, and none after an end.
    pub(crate) fn sequences(parts: &[&str]) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut done = 0;
        for _ in 0..3 {
            let until = all.len();
            for start in done..until {
                for part in parts {
                    if !all[start].ends_with("{*r}") {
                        all.push(format!("{}/{part}", all[start]));
                    }
                }
            }
            done = until;
        }
        all.split_off(1)
    }

    fn compare<const EMPTY: bool>(routes: &Routes, endpoints: &[Endpoint], path: &str) {
        let expected = find_one_by_one::<EMPTY>(endpoints, Method::Get, path.as_bytes());
        let found = routes.find::<EMPTY>(endpoints, Method::Get, path);
        let template = |endpoint: Option<&Endpoint>| endpoint.and_then(Endpoint::path);
        assert_eq!(template(found), template(expected), "{path}");
        let posted = routes.find::<EMPTY>(endpoints, Method::Post, path);
        assert_eq!(posted, None, "{path}");
    }

    #[test]
    fn the_index_finds_what_a_look_at_each_endpoint_finds() {
        let mut endpoints: Vec<Endpoint> = sequences(&["a", "b", "", "{x}", "@{x}", "{*r}"])
            .iter()
            .map(|template| endpoint(Method::Get, template))
            .collect();
        let long = format!("{}/{{x}}", "/a".repeat(20));
        endpoints.push(endpoint(Method::Get, &long));
        // All of them, and a part, so that the less specific ones are found too.
        for part in [1, 2, 3, 5, 7, 11] {
            let some: Vec<Endpoint> = endpoints.iter().step_by(part).copied().collect();
            let routes = Routes::of(&some);
            let paths = sequences(&["a", "b", "", "c", "@", "@c", "@a"]);
            let long = [format!("{}/b", "/a".repeat(20)), "/a".repeat(30)];
            for path in paths.iter().chain(&long) {
                compare::<false>(&routes, &some, path);
                compare::<true>(&routes, &some, path);
            }
        }
    }
}
