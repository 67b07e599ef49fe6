//! The index of a catalogue: which endpoint answers a method and a path. A listed catalogue's is
//! built by the compiler, so that there is nothing to do at run time but to look up.
//!
//! A template has a shape: which of its segments are literals, which parameters. A catalogue of
//! thousands of endpoints has few shapes. What else tells its templates apart are the literals, by
//! which they are found in a hash table. A path is looked up once for each shape, the most specific
//! shape first, so the first template of that very shape that matches is the one that answers.
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

/// The kinds of a template's segments, which are compared like numbers: the more specific shape is
/// the greater one.
pub type Shape = [u8; SEGMENTS];

/// How many segments a shape has. Longer templates are looked up one after the other.
const SEGMENTS: usize = 16;

/// Behind the last segment.
const END: u8 = 0;
/// `{*rest}`, and whatever is behind it.
const REST: u8 = 1;
const ALL_REST: u128 = u128::from_be_bytes([REST; SEGMENTS]);
/// `{id}`; what stands before a parameter in its segment is added to this, in bytes.
const PARAMETER: u8 = 2;
/// A segment without a parameter.
const LITERAL: u8 = 255;

/// An entry of the hash table: one more than an index, so that 0 is a free slot, in the lower bits,
/// and a part of the hash above, so that few endpoints are looked at in vain.
const INDEX_BITS: u32 = 20;

/// One step of a hash, in which the compiler finds no call: a product folded in half.
macro_rules! mix {
    ($hash:expr, $word:expr) => {{
        // A constant can call no trait.
        #[allow(clippy::cast_lossless)]
        let product = ($hash ^ $word) as u128 * FACTOR;
        #[allow(clippy::cast_possible_truncation)]
        let folded = product as u64 ^ (product >> 64) as u64;
        folded
    }};
}

/// The number of slots of a hash table for `count` routes.
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
    /// No index: each endpoint is looked at.
    pub const NONE: Self = Self::new(&[], &[], false);

    pub const fn new(slots: &'static [u32], shapes: &'static [Shape], has_long: bool) -> Self {
        Self {
            slots,
            shapes,
            has_long,
        }
    }

    /// The index of endpoints that are known at run time only. Of two for one route, the first one is
    /// found, but one with a constraint before one without.
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

    /// The endpoint that answers this path: the most specific template that matches it decides,
    /// whatever its methods.
    ///
    /// Literals are compared in decoded form. A `method` of `None` is one that no option names.
    pub(crate) fn find<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        path: &str,
    ) -> Option<&'a E> {
        // Filled in place, because it is too big to be moved.
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
        // A malformed escape equals itself only.
        let canonical = spelling::canonical(path);
        let path = canonical.as_deref().unwrap_or(path);
        self.each_template(endpoints, method, path, Empty::No, |answers| {
            Some(answers.chosen())
        })?
    }

    /// Visits the templates that match this path, byte by byte, from the most specific one on,
    /// until the visitor returns something.
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

    /// What the template with this hash offers, if it is the right one.
    fn probe<'a, E: Routed>(
        &self,
        endpoints: &'a [E],
        method: Option<Method>,
        hash: u64,
        is_right: impl Fn(&[u8]) -> bool,
    ) -> Option<Answers<'a, E>> {
        let mut has_other_methods = false;
        // The endpoint of this very method is wanted most often, so its template is compared first.
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

    /// Visits the endpoints that may have this hash.
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

/// What a template is found by.
///
/// The compiler makes one for each listed handler, and takes a thousand times longer for it than a
/// program would, most of all for a call: hence no call in the loop, and a product of 128 bits,
/// which plain operators compute without an overflow.
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
        let (mut key, mut shape, mut segments) = (SEED, 0, 0);
        // Behind the first slash.
        let mut at = start + 1;
        loop {
            let segment = at;
            let (mut hash, mut word, mut bits) = (SEED, 0, 0);
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

const SEED: u64 = 0x243f_6a88_85a3_08d3;
/// Odd, and of as many ones as zeros, so that each bit of a word moves many of the hash.
const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15;

/// The hash of no text: of an empty segment, or of what stands before most parameters.
const NOTHING: u64 = mix!(SEED, 0);

/// The hash of a segment, of eight bytes at a time, the first one lowest. The last word, of the bytes
/// that are left over, may have none.
fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let hash = (words.iter()).fold(SEED, |hash, &word| mix!(hash, u64::from_le_bytes(word)));
    mix!(hash, swar::few(rest))
}

const fn slot_of(hash: u64, slots: usize) -> usize {
    (((hash >> 32) * slots as u64) >> 32) as usize
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
    /// Whether there is an escape, or a character that clients escape.
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

    /// Reads the path, once, as this is a good part of what a look-up costs. False if it is none.
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
                // What is behind the slash is not of this segment.
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

    /// Ends a segment in front of the place where the next one starts, if there is room for it.
    #[inline]
    fn end(&mut self, index: usize, hash: u64, next: usize) {
        if index < SEGMENTS {
            self.hashes[index] = hash;
            self.starts[index + 1] = next;
        }
    }

    /// The hash of a template of this shape that matches the path, if one can.
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

    /// Whether a template has this shape, and matches the path, of which the same is known already: what
    /// is found by its hash may be any other template, and a less specific one must not answer in the
    /// place of a more specific one.
    fn are_of(&self, template: &[u8], shape: &Shape) -> bool {
        // What of both is not looked at yet.
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
