//! Decodes PostgreSQL's binary format of types that sqlx decodes only with further dependencies, or only
//! for a source that isn't generic over the database.

/// The name of PostgreSQL's driver.
pub(super) const DRIVER: &str = "PostgreSQL";

/// Types of times, as sqlx names them.
pub(super) const TIME: &str = "TIMESTAMPTZ";
pub(super) const TIME_WITHOUT_ZONE: &str = "TIMESTAMP";

/// Types of arrays of texts, as sqlx names them.
pub(super) const TEXT_ARRAYS: [&str; 2] = ["TEXT[]", "VARCHAR[]"];

/// The microseconds from 1970 to 2000, when PostgreSQL's times start.
const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;

/// Converts a `timestamptz` to microseconds since 1970. Returns `None` for `infinity`.
pub(super) fn unix_microseconds(since_2000: i64) -> Option<i64> {
    since_2000.checked_add(MICROSECONDS_TO_2000)
}

/// Decodes an array of texts with at most one dimension. Returns `None` if it contains `NULL`.
pub(super) fn decode_text_array(mut bytes: &[u8]) -> Option<Vec<String>> {
    let dimensions = take_i32(&mut bytes)?;
    let _has_nulls = take_i32(&mut bytes)?;
    let _element_type = take_i32(&mut bytes)?;
    if dimensions == 0 {
        return bytes.is_empty().then(Vec::new);
    }
    if dimensions != 1 {
        return None;
    }
    let length = take_i32(&mut bytes)?;
    let _lower_bound = take_i32(&mut bytes)?;
    let texts = (0..length)
        .map(|_| take_text(&mut bytes))
        .collect::<Option<_>>()?;
    bytes.is_empty().then_some(texts)
}

/// Reads a text that follows its length. The length of `NULL` is negative.
fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_i32(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(std::str::from_utf8(text).ok()?.to_owned())
}

fn take_i32(bytes: &mut &[u8]) -> Option<i32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(i32::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::{decode_text_array, unix_microseconds};

    /// Encodes numbers, and texts with their lengths.
    fn encode(header: &[i32], texts: &[&str]) -> Vec<u8> {
        let mut bytes: Vec<u8> = header.iter().flat_map(|n| n.to_be_bytes()).collect();
        for text in texts {
            let length = i32::try_from(text.len()).unwrap();
            bytes.extend(length.to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn an_array_has_at_most_one_dimension_and_no_nulls() {
        let two = encode(&[1, 0, 25, 2, 1], &["radio", "é"]);
        let texts = ["radio", "é"].map(str::to_owned);
        assert_eq!(decode_text_array(&two), Some(texts.to_vec()));
        assert_eq!(decode_text_array(&encode(&[0, 0, 25], &[])), Some(vec![]));
        for length in 0..two.len() {
            assert_eq!(decode_text_array(&two[..length]), None, "{length}");
        }
        for bytes in [
            encode(&[2, 0, 25, 1, 1, 1, 1], &["radio"]),
            encode(&[-1, 0, 25], &[]),
            encode(&[1, 1, 25, 1, 1, -1], &[]),
            encode(&[1, 0, 25, 1, 1], &["radio", "rest"]),
            encode(&[1, 0, 25, i32::MAX, 1], &["radio"]),
            encode(&[1, 0, 25, 1, 1, i32::MAX], &[]),
            encode(&[0, 0, 25, 1], &[]),
            [encode(&[1, 0, 25, 1, 1, 1], &[]), vec![0xff]].concat(),
        ] {
            assert_eq!(decode_text_array(&bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn an_infinite_time_does_not_overflow() {
        assert_eq!(unix_microseconds(0), Some(946_684_800_000_000));
        assert_eq!(unix_microseconds(-946_684_800_000_000), Some(0));
        assert_eq!(unix_microseconds(i64::MAX), None);
        assert!(unix_microseconds(i64::MIN).is_some_and(|time| time < 0));
    }
}
