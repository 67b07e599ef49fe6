//! The hash function of the index. The compiler and the running program compute the same hashes.

use crate::route::swar;

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

pub(super) use mix;

pub(super) const SEED: u64 = 0x243f_6a88_85a3_08d3;
/// 2^64 divided by the golden ratio. The factor is odd and its bits are irregular, so each bit of a
/// word changes many bits of the hash.
pub(super) const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15;

/// The hash of an empty text, such as an empty segment, or the text before most parameters.
pub(super) const HASH_OF_NOTHING: u64 = mix!(SEED, 0);

/// Returns the hash of a segment. Each step adds a word of eight bytes, with the first byte in the
/// lowest bits. The last word contains the remaining bytes, and may be empty.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let hash = (words.iter()).fold(SEED, |hash, &word| mix!(hash, u64::from_le_bytes(word)));
    mix!(hash, swar::few(rest))
}
