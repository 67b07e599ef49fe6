//! The hash table keys of templates.
// Public for generated code only.
#![allow(missing_docs)]

use crate::route::index::hash::{FACTOR, SEED, mix};
use crate::route::index::shape::{ALL_REST, LITERAL, PARAMETER, REST, SEGMENTS};

/// The number of low bits in an entry of the hash table that contain the endpoint's index plus one. An
/// entry of 0 is a free slot. The other bits contain a part of the hash, which avoids most comparisons
/// with wrong templates.
const INDEX_BITS: u32 = 20;

/// Returns the number of slots in a hash table for `count` routes.
pub const fn slots(count: usize) -> usize {
    count + count / 2 + 1
}

/// The hash and the shape of a template, which identify it in an index.
///
/// The compiler evaluates the key of each listed handler. This takes a thousand times longer than at
/// run time, and calls are especially slow. The loop therefore contains no calls, and the hash uses
/// products of 128 bits, which plain operators compute without overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(super) hash: u64,
    /// A `Shape`, as a number.
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

    /// Returns the index in `entry`, if both entries may belong to the same template.
    #[inline]
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
    /// Panics if the index is too large for an entry. The limit is 1,048,575 endpoints.
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

/// Returns the tag for the entry's high bits. The lowest bits of the hash are used, because the highest
/// bits select the slot.
#[inline]
pub(super) const fn tag_of(hash: u64) -> u32 {
    ((hash & 0xfff) as u32) << INDEX_BITS
}
