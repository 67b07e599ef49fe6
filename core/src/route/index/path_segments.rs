//! Splits a path into segments and hashes them.

use crate::route::index::hash::{FACTOR, HASH_OF_NOTHING, SEED, hash, mix};
use crate::route::index::shape::{END, LITERAL, PARAMETER, REST, SEGMENTS, Shape};
use crate::route::matching::{Empty, strip_literal};
use crate::route::swar::WORD;
use crate::route::{spelling, swar};

/// A path to look up, split at its slashes.
pub(super) struct PathSegments<'a> {
    pub(super) path: &'a [u8],
    /// The start of each segment. The entry after the last segment is where another segment would start.
    starts: [usize; SEGMENTS + 1],
    hashes: [u64; SEGMENTS],
    /// The number of segments. If the path has more segments than a shape, the count stops at
    /// `SEGMENTS + 1`.
    pub(super) count: usize,
    /// Whether the path contains an escape or a non-ASCII character.
    pub(super) is_escaped: bool,
    pub(super) empty: Empty,
}

impl<'a> PathSegments<'a> {
    #[inline]
    pub(super) fn none(path: &'a [u8]) -> Self {
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
    pub(super) fn read(&mut self) -> bool {
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
    #[inline]
    pub(super) fn hash(&self, shape: &Shape) -> Option<u64> {
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
                return (start < self.path.len()).then(|| mix!(result, HASH_OF_NOTHING ^ 1));
            }
            let prefix = usize::from(kind - PARAMETER);
            let length = self.starts[index + 1] - 1 - start;
            if length <= prefix && (length < prefix || prefix == 0 || self.empty == Empty::No) {
                return None;
            }
            let before = match prefix {
                0 => HASH_OF_NOTHING,
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
    #[inline]
    pub(super) fn fit(&self, template: &[u8], shape: &Shape) -> bool {
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
            rest = match strip_literal(literal, rest) {
                Some([b'{', b'*', ..]) => return kind == REST,
                Some([b'{', name @ ..]) if kind != REST => {
                    let end = name.iter().position(|&byte| byte == b'}');
                    &name[end.map_or(name.len(), |end| end + 1)..]
                }
                _ => return false,
            };
            from = self.starts[index + 1] - 1;
        }
        strip_literal(&self.path[from..], rest).is_some_and(<[u8]>::is_empty)
    }
}
