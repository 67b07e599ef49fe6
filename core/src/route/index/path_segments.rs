//! Splits a request's path into segments and hashes the segments.

use crate::route::canonical_path;
use crate::route::index::hash::{EMPTY_TEXT_HASH, FACTOR, SEED, hash, mix};
use crate::route::index::template_key::{END, LITERAL, PARAMETER, REST, SEGMENTS, Shape};
use crate::route::path_matching::{Empty, strip_literal};
use crate::route::swar::{self, WORD};

/// A path to look up, split at its slashes.
pub(super) struct PathSegments<'a> {
    pub(super) path: &'a [u8],
    /// The positions at which the path's segments start, followed by the position at which another
    /// segment would start.
    starts: [usize; SEGMENTS + 1],
    hashes: [u64; SEGMENTS],
    /// The number of segments. If the path has more segments than a shape can hold, the count stops at
    /// `SEGMENTS + 1`.
    pub(super) count: usize,
    /// Whether the path contains an escape or a non-ASCII character.
    pub(super) is_escaped: bool,
    pub(super) empty: Empty,
}

impl<'a> PathSegments<'a> {
    #[inline]
    pub(super) fn unread(path: &'a [u8]) -> Self {
        Self {
            path,
            starts: [1; SEGMENTS + 1],
            hashes: [0; SEGMENTS],
            count: 0,
            is_escaped: false,
            empty: Empty::No,
        }
    }

    /// Splits the path into segments and hashes each segment. Does both in one pass, because
    /// a lookup spends much of its time reading the path. Returns `false` if the path doesn't
    /// start with `/`.
    #[inline]
    pub(super) fn read(&mut self) -> bool {
        let path = self.path;
        if path.first() != Some(&b'/') {
            return false;
        }
        let (mut at, mut segment_hash, mut count, mut escape_marks) = (1, SEED, 0, 0);
        loop {
            let (word, length) = swar::word_at(path, at);
            escape_marks |= swar::found_in(word, b'%') | (word & swar::repeat_byte(0x80));
            let slashes = swar::found_in(word, b'/');
            if slashes != 0 {
                // Only the bytes before the slash belong to this segment.
                let before_slash = ((slashes & slashes.wrapping_neg()) >> 7) - 1;
                at += slashes.trailing_zeros() as usize / 8 + 1;
                self.end_segment(count, mix!(segment_hash, word & before_slash), at);
                segment_hash = SEED;
            } else if length == WORD {
                segment_hash = mix!(segment_hash, word);
                at += WORD;
                continue;
            } else {
                self.end_segment(count, mix!(segment_hash, word), at + length + 1);
            }
            count += 1;
            if slashes == 0 || count > SEGMENTS {
                self.count = count;
                self.is_escaped =
                    escape_marks != 0 || (slashes != 0 && canonical_path::is_escaped(&path[at..]));
                return true;
            }
        }
    }

    /// Stores a segment's hash and the position at which the next segment starts, unless the arrays are
    /// full.
    #[inline]
    fn end_segment(&mut self, index: usize, segment_hash: u64, next_start: usize) {
        if index < SEGMENTS {
            self.hashes[index] = segment_hash;
            self.starts[index + 1] = next_start;
        }
    }

    /// Returns the hash that a template with this shape has if it matches the path. Returns `None` if
    /// no template with this shape can match the path.
    #[inline]
    pub(super) fn hash(&self, shape: &Shape) -> Option<u64> {
        let count = self.count;
        let has_rest = shape[SEGMENTS - 1] == REST;
        let is_end = |index: usize| shape.get(index).is_none_or(|&kind| kind == END);
        if !has_rest && (is_end(count - 1) || !is_end(count)) {
            return None;
        }
        let mut template_hash = SEED;
        for ((index, &kind), &segment_hash) in
            shape.iter().enumerate().zip(&self.hashes).take(count)
        {
            if kind == LITERAL {
                template_hash = mix!(template_hash, segment_hash);
                continue;
            }
            let start = self.starts[index];
            if kind == REST {
                return (start < self.path.len()).then(|| mix!(template_hash, EMPTY_TEXT_HASH ^ 1));
            }
            let prefix_length = usize::from(kind - PARAMETER);
            let segment_length = self.starts[index + 1] - 1 - start;
            let can_be_empty = prefix_length > 0 && self.empty == Empty::Behind;
            if segment_length < prefix_length || (segment_length == prefix_length && !can_be_empty)
            {
                return None;
            }
            let prefix_hash = match prefix_length {
                0 => EMPTY_TEXT_HASH,
                _ => hash(&self.path[start..start + prefix_length]),
            };
            template_hash = mix!(template_hash, prefix_hash ^ 1);
        }
        (!has_rest).then_some(template_hash)
    }

    /// Returns whether a template has this shape and matches the path. The caller must first call
    /// `hash`, which checks that the path fits the shape.
    ///
    /// Two templates may have the same hash. Without this check, a lookup could return a less specific
    /// template instead of a more specific one.
    #[inline]
    pub(super) fn fit(&self, template: &[u8], shape: &Shape) -> bool {
        // The rest of the template, and the position in the path at which the comparison continues.
        let (mut uncompared_template, mut uncompared_from) = (template, 0);
        for (index, &kind) in shape.iter().enumerate().take(self.count) {
            if kind == LITERAL {
                continue;
            }
            let prefix_length = match kind {
                REST => 0,
                kind => usize::from(kind - PARAMETER),
            };
            let literal = &self.path[uncompared_from..self.starts[index] + prefix_length];
            uncompared_template = match strip_literal(literal, uncompared_template) {
                Some([b'{', b'*', ..]) => return kind == REST,
                Some([b'{', parameter @ ..]) if kind != REST => {
                    let closing_brace = parameter.iter().position(|&byte| byte == b'}');
                    &parameter[closing_brace.map_or(parameter.len(), |brace| brace + 1)..]
                }
                _ => return false,
            };
            uncompared_from = self.starts[index + 1] - 1;
        }
        strip_literal(&self.path[uncompared_from..], uncompared_template)
            .is_some_and(<[u8]>::is_empty)
    }
}
