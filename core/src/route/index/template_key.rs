//! Templates as keys of the index's hash table. A key consists of the template's hash and its shape,
//! which states which segments are literals and which are parameters.
// Public for generated code only.
#![allow(missing_docs)]

use crate::route::index::hash::{FACTOR, SEED, mix};

/// The kind of each segment in a template. Shapes compare like numbers, and a more specific shape is
/// greater.
pub type Shape = [u8; SEGMENTS];

/// The number of segments in a shape. If a catalogue contains a template with more segments, paths with
/// more segments are compared with every template.
pub(super) const SEGMENTS: usize = 16;

/// The kind of each position after the last segment.
pub(super) const END: u8 = 0;
/// The kind of `{*rest}`, and of each position after it.
pub(super) const REST: u8 = 1;
const REST_AT_EACH_POSITION: u128 = u128::from_be_bytes([REST; SEGMENTS]);
/// The kind of a segment with a parameter, such as `@{user}`, is this constant plus the length of the
/// text before the parameter, in bytes.
pub(super) const PARAMETER: u8 = 2;
/// The kind of a segment without a parameter.
pub(super) const LITERAL: u8 = 255;

/// The number of low bits in a hash table entry. These bits contain the endpoint's index plus one,
/// because the entry 0 marks a free slot. The high bits contain the tag, which is part of the hash.
/// Comparing tags first avoids most comparisons with wrong templates.
const INDEX_BITS: u32 = 20;

/// Returns the number of slots in a hash table for `count` routes.
pub const fn slots(count: usize) -> usize {
    count + count / 2 + 1
}

/// The hash and the shape that identify a template in an index.
///
/// The compiler computes the key of each listed handler. The computation takes a thousand times longer
/// in the compiler than at run time, and function calls are especially slow. The loop therefore calls
/// no functions. The hash uses products of 128 bits, which ordinary operators compute without overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(super) hash: u64,
    /// The `Shape`, converted to a number.
    pub(crate) shape: u128,
    /// Whether the template has more segments than a shape can describe.
    pub(crate) is_long: bool,
}

impl Key {
    /// Returns the key of the template at `text[start..end]`.
    // The text before a parameter has at most 250 bytes.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn of(text: &[u8], start: usize, end: usize) -> Self {
        let (mut template_hash, mut shape, mut segments) = (SEED, 0, 0);
        // Skips the first slash.
        let mut at = start + 1;
        loop {
            let segment_start = at;
            let (mut segment_hash, mut word, mut word_bits) = (SEED, 0, 0);
            let mut kind = LITERAL;
            while at < end && text[at] != b'/' {
                if text[at] == b'{' {
                    // A parameter is always the last part of its segment. The attribute rejects prefixes
                    // that are too long for a `u8`.
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

    /// Returns the endpoint's index from `entry` if both entries have the same tag. Entries with
    /// different tags can't belong to the same template.
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
    /// Panics if the index doesn't fit into an entry. An index can contain at most 1,048,575 endpoints.
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

/// Returns the tag, which becomes the high bits of an entry. The tag consists of the hash's lowest bits,
/// because the highest bits already select the slot.
#[inline]
pub(super) const fn tag_of(hash: u64) -> u32 {
    ((hash & 0xfff) as u32) << INDEX_BITS
}
