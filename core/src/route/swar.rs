//! Reads and compares texts eight bytes at a time (SWAR, "SIMD within a register"). The first byte of a
//! word is in its lowest bits. A lookup spends much of its time here.

pub(crate) const WORD: usize = 8;

/// Returns the word at this position, and how many of its bytes are in the text. The other bytes are
/// zero.
#[inline]
pub(crate) fn word_at(text: &[u8], at: usize) -> (u64, usize) {
    let rest = &text[at..];
    if let Some(&word) = rest.first_chunk() {
        return (u64::from_le_bytes(word), WORD);
    }
    let word = match text.last_chunk() {
        // Shifts twice, because a shift by a whole word overflows.
        Some(&last) => (u64::from_le_bytes(last) >> 8) >> (8 * (WORD - 1 - rest.len())),
        None => few(rest),
    };
    (word, rest.len())
}

/// Packs fewer than eight bytes into a word.
#[cold]
pub(crate) fn few(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

/// Marks a byte in a word. The lowest set bit of the result is the highest bit of the first byte that
/// is equal to `byte`. Without such a byte, the result is 0.
#[inline]
pub(crate) fn found_in(word: u64, byte: u8) -> u64 {
    let other = word ^ of(byte);
    other.wrapping_sub(of(1)) & !other & of(0x80)
}

/// Counts the bytes at the start that two texts have in common. Stops before `end` in the left text.
#[inline]
pub(crate) fn common_prefix(left: &[u8], right: &[u8], end: u8) -> usize {
    let mut same = 0;
    for (left, right) in left.as_chunks().0.iter().zip(right.as_chunks().0) {
        let (left, right) = (u64::from_le_bytes(*left), u64::from_le_bytes(*right));
        // The lowest set bit is in the first byte that differs or is `end`.
        let marks = (left ^ right) | found_in(left, end);
        if marks != 0 {
            return same + marks.trailing_zeros() as usize / 8;
        }
        same += WORD;
    }
    let shorter = left.len().min(right.len());
    let (left, right) = (&left[..shorter], &right[..shorter]);
    while same < shorter && left[same] == right[same] && left[same] != end {
        same += 1;
    }
    same
}

/// Returns a word in which each byte is `byte`.
#[inline]
pub(crate) fn of(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

#[cfg(test)]
mod tests {
    use super::{WORD, few, found_in, word_at};

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
        // After a match, the subtraction may also mark bytes that differ only in the lowest bit. Only the
        // first mark counts.
        for (text, place) in [
            ("/0/0/0/0", Some(0)),
            ("00/0/000", Some(2)),
            ("0000000/", Some(7)),
            (".0.0.0.0", None),
            ("\u{af}\u{af}", None),
            ("", None),
        ] {
            let found = found_in(few(text.as_bytes()), b'/');
            let found = (found != 0).then(|| found.trailing_zeros() / 8);
            assert_eq!(found, place, "{text:?}");
        }
    }
}
