//! Texts read in words of eight bytes, the first byte lowest: a good part of what a look-up costs is
//! to look at each byte of a path.

pub(crate) const WORD: usize = 8;

/// The word that starts at a place, and how many bytes of it are in the text. The others are zeros.
#[inline]
pub(crate) fn word_at(text: &[u8], at: usize) -> (u64, usize) {
    let rest = &text[at..];
    if let Some(&word) = rest.first_chunk() {
        return (u64::from_le_bytes(word), WORD);
    }
    let word = match text.last_chunk() {
        // By shifts of less than a word.
        Some(&last) => (u64::from_le_bytes(last) >> 8) >> (8 * (WORD - 1 - rest.len())),
        None => few(rest),
    };
    (word, rest.len())
}

/// Less than eight bytes as a word.
#[cold]
pub(crate) fn few(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

/// The lowest bit of this is the highest one of the first such byte in a word. Nothing, if there is none.
#[inline]
pub(crate) fn found_in(word: u64, byte: u8) -> u64 {
    let other = word ^ of(byte);
    other.wrapping_sub(of(1)) & !other & of(0x80)
}

/// Not zero if a byte of a word is less than this one, which is at most 128.
#[cfg(feature = "_http")]
pub(crate) fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(of(byte)) & !word & of(0x80)
}

/// A word of nothing but this byte.
#[inline]
pub(crate) fn of(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

#[cfg(test)]
mod tests {
    use super::{WORD, few, found_in, word_at};

    #[test]
    fn a_word_is_that_of_its_bytes() {
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
    fn the_first_such_byte_is_found() {
        // A byte one above what is looked for, behind it, is taken for it by the subtraction.
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
