//! Templates as keys of the index's hash table. A key consists of a template's hash and its shape. The
//! shape states which segments are literals and which are parameters.
// Public for generated code only.
#![allow(missing_docs)]

use crate::route::index::hash::{FACTOR, SEED, mix};

/// The shape of a template: the kind of each segment. A more specific shape is greater than a less
/// specific shape.
pub type Shape = [u8; SEGMENTS];

/// The maximum number of segments that a shape can hold. If a catalogue contains a template with more
/// segments than this maximum, a lookup doesn't use the index for paths with more segments than the
/// maximum. Instead, it compares such a path with every template.
pub(super) const SEGMENTS: usize = 16;

/// The kind of each position after a template's last segment.
pub(super) const END: u8 = 0;
/// The kind of `{*rest}`, and of each position after it.
pub(super) const REST: u8 = 1;
const REST_AT_EACH_POSITION: u128 = u128::from_be_bytes([REST; SEGMENTS]);
/// The kind of a segment with a parameter, such as `@{user}`, is the sum of this constant and the
/// length of the text before the parameter, in bytes.
pub(super) const PARAMETER: u8 = 2;
/// The kind of a segment without a parameter.
pub(super) const LITERAL: u8 = 255;

/// The number of low bits in a hash table entry. The low bits contain the endpoint's index plus one,
/// because the entry 0 marks a free slot. The high bits contain the tag, which is part of the
/// template's hash. A lookup compares tags first, which avoids most comparisons of the path with
/// templates that don't match.
const INDEX_BITS: u32 = 20;

/// Returns the number of slots in a hash table for `count` routes.
pub const fn slots(count: usize) -> usize {
    count + count / 2 + 1
}

/// The hash and the shape that identify a template in an index.
///
/// The compiler computes the key of each listed handler's template. The computation takes a thousand
/// times longer in the compiler than at run time, and function calls are especially slow. The loop in
/// `Key::of` therefore calls no functions. The hash uses 128-bit multiplication, in which the ordinary
/// `*` operator can't overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(super) hash: u64,
    /// The template's `Shape`, converted to a number.
    pub(crate) shape: u128,
    /// Whether the template has more segments than a shape can hold.
    pub(crate) is_long: bool,
}

impl Key {
    /// Returns the key of the template at `text[start..end]`.
    // The text before a parameter has at most 250 bytes, so its length fits in a `u8`.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn of(text: &[u8], start: usize, end: usize) -> Self {
        let (mut template_hash, mut shape, mut segments) = (SEED, 0, 0);
        // Skips the template's leading slash.
        let mut at = start + 1;
        loop {
            let segment_start = at;
            let (mut segment_hash, mut word, mut word_bits) = (SEED, 0, 0);
            let mut kind = LITERAL;
            while at < end && text[at] != b'/' {
                if text[at] == b'{' {
                    // A parameter is always the last part of its segment. `#[requires_tier(…)]` rejects
                    // a prefix whose length doesn't fit in a `u8`.
                    kind = PARAMETER + (at - segment_start) as u8;
                    if text[at + 1] == b'*' {
                        kind = REST;
                    }
                    while text[at] != b'}' {
                        at += 1;
                    }
                } else {
                    word |= (text[at] as u64) << word_bits;
                    word_bits += 8;
                    if word_bits == 64 {
                        segment_hash = mix!(segment_hash, word);
                        (word, word_bits) = (0, 0);
                    }
                }
                at += 1;
            }
            segment_hash = mix!(segment_hash, word) ^ (kind != LITERAL) as u64;
            template_hash = mix!(template_hash, segment_hash);
            if segments < SEGMENTS {
                let bits_after_segment = 8 * (SEGMENTS - 1 - segments);
                shape |= (kind as u128) << bits_after_segment;
                if kind == REST {
                    shape |= REST_AT_EACH_POSITION & ((1 << bits_after_segment) - 1);
                }
            }
            segments += 1;
            if at >= end {
                return Self {
                    hash: template_hash,
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

    /// Returns the endpoint's index in `entry` if both entries have the same tag, and `None` otherwise.
    /// Entries with different tags can't belong to the same template.
    #[inline]
    pub(crate) const fn index(entry: u32, other_entry: u32) -> Option<usize> {
        if entry >> INDEX_BITS == other_entry >> INDEX_BITS {
            Some((entry & ((1 << INDEX_BITS) - 1)) as usize - 1)
        } else {
            None
        }
    }

    /// Returns the hash table entry for the endpoint with this index.
    ///
    /// # Panics
    /// Panics if `index` doesn't fit into an entry. A catalogue can therefore contain at most 1,048,575
    /// endpoints.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn entry(&self, index: usize) -> u32 {
        assert!(
            index < (1 << INDEX_BITS) - 1,
            "a catalogue can have at most 1,048,575 endpoints; split it into several catalogues"
        );
        tag_of(self.hash) | (index as u32 + 1)
    }
}

#[inline]
pub(super) const fn slot_of(hash: u64, slots: usize) -> usize {
    (((hash >> 32) * slots as u64) >> 32) as usize
}

/// Returns a hash's tag, which becomes the high bits of an entry. The tag consists of the hash's lowest
/// bits, because the highest bits already select the slot.
#[inline]
pub(super) const fn tag_of(hash: u64) -> u32 {
    ((hash & 0xfff) as u32) << INDEX_BITS
}
