//! The index of a catalogue, which finds the endpoint for a method and a path. The compiler builds the
//! index of a listed catalogue, so the program only looks up endpoints at run time.
//!
//! The shape of a template states which segments are literals and which are parameters. A catalogue of
//! thousands of endpoints has few shapes. Templates of the same shape differ only in their literals,
//! which are looked up in a hash table. A lookup tries the shapes in turn, the most specific one first.
//! The first match answers, but only if the template has exactly the current shape.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod answers;
pub(crate) mod routed;
#[cfg(test)]
pub(crate) mod tests;

use self::answers::{Answers, visit_one_by_one};
use self::routed::Routed;
use crate::route;
use crate::route::method::Method;
use crate::route::swar::WORD;
use crate::route::{Empty, spelling, swar};

/// The kinds of a template's segments. Shapes compare like numbers, and a more specific shape is greater.
pub type Shape = [u8; SEGMENTS];

/// The number of segments in a shape. If a catalogue has longer templates, a longer path is compared with
/// each template in turn.
const SEGMENTS: usize = 16;

/// A position after the last segment.
const END: u8 = 0;
/// `{*rest}`, and each position after it.
const REST: u8 = 1;
const ALL_REST: u128 = u128::from_be_bytes([REST; SEGMENTS]);
/// A parameter such as `{id}`. The kind is the sum of this constant and the length of the text before the
/// parameter in its segment, in bytes.
const PARAMETER: u8 = 2;
/// A segment without a parameter.
const LITERAL: u8 = 255;

/// The number of low bits in an entry of the hash table that contain the endpoint's index plus one. An
/// entry of 0 is a free slot. The other bits contain a part of the hash, which avoids most comparisons
/// with wrong templates.
const INDEX_BITS: u32 = 20;

/// One step of the hash: folds a product in half. This is a macro because calls slow down constant
/// evaluation.
macro_rules! mix {
    ($hash:expr, $word:expr) => {{
        // Constants can't use `From`.
        #[allow(clippy::cast_lossless)]
        let product = ($hash ^ $word) as u128 * FACTOR;
        #[allow(clippy::cast_possible_truncation)]
        let folded = product as u64 ^ (product >> 64) as u64;
        folded
    }};
}

/// Returns the number of slots in a hash table for `count` routes.
pub const fn slots(count: usize) -> usize {
    count + count / 2 + 1
}

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

    /// Returns the endpoint that answers this method and path. Only the most specific template that
    /// matches the path counts, even if it doesn't have the method.
    ///
    /// Literals are compared in decoded form. A `method` of `None` means a method that no option of the
    /// attribute names.
    pub(crate) fn find<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
    ) -> Option<&'a E> {
        // Filled in place, because this value is too big to move cheaply.
        let mut segments = Segments::none(path.as_bytes());
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
        let mut segments = Segments::none(path.as_bytes());
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
        segments: &Segments<'_>,
        mut visit: impl FnMut(Answers<'a, E>) -> Option<R>,
    ) -> Option<R> {
        if self.slots.is_empty() || (self.has_long && segments.count > SEGMENTS) {
            return visit_one_by_one(endpoints, method, segments.path, segments.empty, visit);
        }
        self.shapes.iter().find_map(|shape| {
            let hash = segments.hash(shape)?;
            visit(self.probe(endpoints, method, hash, |template| {
                segments.are_of(template, shape)
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

/// The hash and the shape of a template, which identify it in an index.
///
/// The compiler evaluates the key of each listed handler. This takes a thousand times longer than at
/// run time, and calls are especially slow. The loop therefore contains no calls, and the hash uses
/// products of 128 bits, which plain operators compute without overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    hash: u64,
    /// A [`Shape`], as a number.
    pub(crate) shape: u128,
    /// Whether the template has more segments than a shape.
    pub(crate) is_long: bool,
}

impl Key {
    /// Returns the key of the template in `text` from `start` to `end`.
    // The text before a parameter has at most 250 bytes.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn of(text: &[u8], start: usize, end: usize) -> Self {
        let (mut key, mut shape, mut segments) = (SEED, 0, 0);
        // Skips the first slash.
        let mut at = start + 1;
        loop {
            let segment = at;
            let (mut hash, mut word, mut bits) = (SEED, 0, 0);
            let mut kind = LITERAL;
            while at < end && text[at] != b'/' {
                if text[at] == b'{' {
                    // A parameter is always the last part of its segment. The attribute rejects longer
                    // prefixes.
                    kind = PARAMETER + (at - segment) as u8;
                    if text[at + 1] == b'*' {
                        kind = REST;
                    }
                    while text[at] != b'}' {
                        at += 1;
                    }
                } else {
                    word |= (text[at] as u64) << bits;
                    bits += 8;
                    if bits == 64 {
                        hash = mix!(hash, word);
                        (word, bits) = (0, 0);
                    }
                }
                at += 1;
            }
            key = mix!(key, mix!(hash, word) ^ (kind != LITERAL) as u64);
            if segments < SEGMENTS {
                let behind = 8 * (SEGMENTS - 1 - segments);
                shape |= (kind as u128) << behind;
                if kind == REST {
                    shape |= ALL_REST & ((1 << behind) - 1);
                }
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

    /// Returns the index in `entry`, if both entries may have the same template.
    pub(crate) const fn index(entry: u32, other: u32) -> Option<usize> {
        if entry >> INDEX_BITS == other >> INDEX_BITS {
            Some((entry & ((1 << INDEX_BITS) - 1)) as usize - 1)
        } else {
            None
        }
    }

    /// Returns the hash table entry of the endpoint with this index.
    ///
    /// # Panics
    /// Panics if the index is too large for an entry. The limit is about a million.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn entry(&self, index: usize) -> u32 {
        assert!(
            index < (1 << INDEX_BITS) - 1,
            "a catalogue has at most a million endpoints"
        );
        tag_of(self.hash) | (index as u32 + 1)
    }
}

const SEED: u64 = 0x243f_6a88_85a3_08d3;
/// 2^64 divided by the golden ratio. The factor is odd and its bits are irregular, so each bit of a
/// word changes many bits of the hash.
const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15;

/// The hash of an empty text, such as an empty segment, or the text before most parameters.
const NOTHING: u64 = mix!(SEED, 0);

/// Returns the hash of a segment. Each step adds a word of eight bytes, with the first byte in the
/// lowest bits. The last word contains the remaining bytes, and may be empty.
fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let hash = (words.iter()).fold(SEED, |hash, &word| mix!(hash, u64::from_le_bytes(word)));
    mix!(hash, swar::few(rest))
}

const fn slot_of(hash: u64, slots: usize) -> usize {
    (((hash >> 32) * slots as u64) >> 32) as usize
}

/// Returns the tag for the entry's high bits. The lowest bits of the hash are used, because the highest
/// bits select the slot.
const fn tag_of(hash: u64) -> u32 {
    ((hash & 0xfff) as u32) << INDEX_BITS
}

/// A path to look up, split at its slashes.
struct Segments<'a> {
    path: &'a [u8],
    /// The start of each segment. The entry after the last segment is where another segment would start.
    starts: [usize; SEGMENTS + 1],
    hashes: [u64; SEGMENTS],
    /// The number of segments. If the path has more segments than a shape, the count stops one above
    /// `SEGMENTS`.
    count: usize,
    /// Whether the path contains an escape or a non-ASCII character.
    is_escaped: bool,
    empty: Empty,
}

impl<'a> Segments<'a> {
    fn none(path: &'a [u8]) -> Self {
        Self {
            path,
            starts: [1; SEGMENTS + 1],
            hashes: [0; SEGMENTS],
            count: 0,
            is_escaped: false,
            empty: Empty::No,
        }
    }

    /// Splits and hashes the path in one pass, because reading takes much of the time of a lookup.
    /// Returns `false` if the path doesn't start with `/`.
    #[inline]
    fn read(&mut self) -> bool {
        let path = self.path;
        if path.first() != Some(&b'/') {
            return false;
        }
        let (mut at, mut hash, mut count, mut marks) = (1, SEED, 0, 0);
        loop {
            let (word, length) = swar::word_at(path, at);
            marks |= swar::found_in(word, b'%') | (word & swar::of(0x80));
            let slashes = swar::found_in(word, b'/');
            if slashes != 0 {
                // Only the bytes before the slash belong to this segment.
                let before = ((slashes & slashes.wrapping_neg()) >> 7) - 1;
                at += slashes.trailing_zeros() as usize / 8 + 1;
                self.end(count, mix!(hash, word & before), at);
                hash = SEED;
            } else if length == WORD {
                hash = mix!(hash, word);
                at += WORD;
                continue;
            } else {
                self.end(count, mix!(hash, word), at + length + 1);
            }
            count += 1;
            if slashes == 0 || count > SEGMENTS {
                self.count = count;
                self.is_escaped = marks != 0 || (slashes != 0 && spelling::is_escaped(&path[at..]));
                return true;
            }
        }
    }

    /// Stores the segment's hash and the start of the next segment, if the arrays have room.
    #[inline]
    fn end(&mut self, index: usize, hash: u64, next: usize) {
        if index < SEGMENTS {
            self.hashes[index] = hash;
            self.starts[index + 1] = next;
        }
    }

    /// Returns the hash of a template with this shape that matches the path. Returns `None` if no such
    /// template can match.
    fn hash(&self, shape: &Shape) -> Option<u64> {
        let count = self.count;
        let has_rest = shape[SEGMENTS - 1] == REST;
        let is_end = |index: usize| shape.get(index).is_none_or(|&kind| kind == END);
        if !has_rest && (is_end(count - 1) || !is_end(count)) {
            return None;
        }
        let mut result = SEED;
        for ((index, &kind), &segment) in shape.iter().enumerate().zip(&self.hashes).take(count) {
            if kind == LITERAL {
                result = mix!(result, segment);
                continue;
            }
            let start = self.starts[index];
            if kind == REST {
                return (start < self.path.len()).then(|| mix!(result, NOTHING ^ 1));
            }
            let prefix = usize::from(kind - PARAMETER);
            let length = self.starts[index + 1] - 1 - start;
            if length <= prefix && (length < prefix || prefix == 0 || self.empty == Empty::No) {
                return None;
            }
            let before = match prefix {
                0 => NOTHING,
                _ => hash(&self.path[start..start + prefix]),
            };
            result = mix!(result, before ^ 1);
        }
        (!has_rest).then_some(result)
    }

    /// Whether a template has this shape and matches the path. The path must already fit the shape.
    ///
    /// Another template may have the same hash. Without this check, a less specific template could answer
    /// instead of a more specific one.
    fn are_of(&self, template: &[u8], shape: &Shape) -> bool {
        // The parts of the template and the path that are not compared yet.
        let (mut rest, mut from) = (template, 0);
        for (index, &kind) in shape.iter().enumerate().take(self.count) {
            if kind == LITERAL {
                continue;
            }
            let prefix = match kind {
                REST => 0,
                kind => usize::from(kind - PARAMETER),
            };
            let literal = &self.path[from..self.starts[index] + prefix];
            rest = match route::behind(literal, rest) {
                Some([b'{', b'*', ..]) => return kind == REST,
                Some([b'{', name @ ..]) if kind != REST => {
                    let end = name.iter().position(|&byte| byte == b'}');
                    &name[end.map_or(name.len(), |end| end + 1)..]
                }
                _ => return false,
            };
            from = self.starts[index + 1] - 1;
        }
        route::behind(&self.path[from..], rest).is_some_and(<[u8]>::is_empty)
    }
}
