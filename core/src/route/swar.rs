//! Reads and compares texts eight bytes at a time (SWAR, "SIMD within a register"). The lowest bits of
//! a word contain the first of its bytes. Lookups spend much of their time in these functions.

pub(crate) const WORD: usize = 8;

/// Returns the word at this position, and the number of bytes that the word takes from the text. The
/// word's other bytes are zero.
#[inline]
pub(crate) fn word_at(text: &[u8], at: usize) -> (u64, usize) {
    let remaining = &text[at..];
    if let Some(&word) = remaining.first_chunk() {
        return (u64::from_le_bytes(word), WORD);
    }
    let word = match text.last_chunk() {
        // Shifts twice, because a single shift by 64 bits would overflow.
        Some(&last_word) => {
            (u64::from_le_bytes(last_word) >> 8) >> (8 * (WORD - 1 - remaining.len()))
        }
        None => partial_word(remaining),
    };
    (word, remaining.len())
}

/// Packs fewer than eight bytes into a word.
#[cold]
pub(crate) fn partial_word(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

/// Finds the first byte in a word that is equal to `byte`. The lowest set bit of the returned word is
/// at the position of that byte's highest bit. Returns 0 if no byte is equal to `byte`.
#[inline]
pub(crate) fn found_in(word: u64, byte: u8) -> u64 {
    let zero_if_equal = word ^ repeat_byte(byte);
    zero_if_equal.wrapping_sub(repeat_byte(1)) & !zero_if_equal & repeat_byte(0x80)
}

/// Returns the length of the longest common prefix of two texts, in bytes. The prefix ends before the
/// first `end` byte in the left text.
#[inline]
pub(crate) fn common_prefix(left: &[u8], right: &[u8], end: u8) -> usize {
    let mut length = 0;
    for (left, right) in left.as_chunks().0.iter().zip(right.as_chunks().0) {
        let (left, right) = (u64::from_le_bytes(*left), u64::from_le_bytes(*right));
        // The lowest set bit belongs to the first byte that differs between the texts or equals `end`.
        let stop_bits = (left ^ right) | found_in(left, end);
        if stop_bits != 0 {
            return length + stop_bits.trailing_zeros() as usize / 8;
        }
        length += WORD;
    }
    let shorter = left.len().min(right.len());
    let (left, right) = (&left[..shorter], &right[..shorter]);
    while length < shorter && left[length] == right[length] && left[length] != end {
        length += 1;
    }
    length
}

/// Returns a word in which each byte is `byte`.
#[inline]
pub(crate) fn repeat_byte(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

#[cfg(test)]
mod tests {
    use super::{WORD, found_in, partial_word, word_at};

    #[test]
    fn a_word_contains_the_bytes_at_its_position() {
        for text in ["", "a", "abcdefg", "abcdefgh", "abcdefghijklmnop"] {
            let text = text.as_bytes();
            for at in 0..=text.len() {
                let length = (text.len() - at).min(WORD);
                let mut bytes = [0; WORD];
                bytes[..length].copy_from_slice(&text[at..at + length]);
                let expected = (u64::from_le_bytes(bytes), length);
                assert_eq!(word_at(text, at), expected, "{text:?} {at}");
            }
        }
    }

    #[test]
    fn the_first_matching_byte_is_found() {
        // After the first match, `found_in` may also mark bytes that differ from the searched byte only
        // in the lowest bit. Only the first mark is therefore meaningful.
        for (text, place) in [
            ("/0/0/0/0", Some(0)),
            ("00/0/000", Some(2)),
            ("0000000/", Some(7)),
            (".0.0.0.0", None),
            ("\u{af}\u{af}", None),
            ("", None),
        ] {
            let found = found_in(partial_word(text.as_bytes()), b'/');
            let found = (found != 0).then(|| found.trailing_zeros() / 8);
            assert_eq!(found, place, "{text:?}");
        }
    }
}
