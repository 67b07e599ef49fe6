//! The hash function of the route index. The compiler and the running program compute the same hashes.

use crate::route::swar;

/// Adds a word to a hash. Multiplies the XOR of the word and the hash by `FACTOR`, and combines the two
/// halves of the product with XOR. This is a macro because function calls slow down constant
/// evaluation.
macro_rules! mix {
    ($hash:expr, $word:expr) => {{
        // `u128::from` can't be called in a constant.
        #[allow(clippy::cast_lossless)]
        let product = ($hash ^ $word) as u128 * FACTOR;
        #[allow(clippy::cast_possible_truncation)]
        let folded = product as u64 ^ (product >> 64) as u64;
        folded
    }};
}

pub(super) use mix;

pub(super) const SEED: u64 = 0x243f_6a88_85a3_08d3;
/// 2^64 divided by the golden ratio. The factor is odd and its bits are irregular. Each bit of a word
/// therefore changes many bits of the hash.
pub(super) const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15;

/// The hash of an empty text, such as an empty segment or the missing prefix of a parameter such as
/// `{id}`.
pub(super) const EMPTY_TEXT_HASH: u64 = mix!(SEED, 0);

/// Returns the hash of a segment. Each step adds a word that contains the next eight bytes, with the
/// first byte in the lowest bits. The last step adds a word that contains the remaining bytes, or 0 if
/// no bytes remain.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (words, remaining_bytes) = bytes.as_chunks();
    let hash = (words.iter()).fold(SEED, |hash, &word| mix!(hash, u64::from_le_bytes(word)));
    mix!(hash, swar::partial_word(remaining_bytes))
}
