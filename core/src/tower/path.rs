//! Which endpoint a path means, to the catalogue and to a service that reads it otherwise.

use super::Refused;
use crate::{Catalogue, Endpoint, catalogue};
use std::borrow::Cow;
use std::fmt::Write;

/// The endpoint to check the caller for: of all that a service may read in the path, the one that
/// requires the highest tier, so that whoever is let through may call each of them.
pub(super) fn find<C: Catalogue>(method: &str, path: &str) -> Result<&'static Endpoint, Refused> {
    let mut strictest = C::find(method, path).ok_or(Refused::Unlisted)?;
    for reading in readings(path).ok_or(Refused::AmbiguousPath)? {
        // What is in no list is closed, and nothing is stricter than that.
        let as_it_is = C::find(method, &reading).ok_or(Refused::Unlisted)?;
        let other_end = other_end(&reading);
        let others = [
            catalogue::find::<C, true>(method, &reading),
            // Most routes are listed with one of the two ends alone.
            C::find(method, &other_end),
            catalogue::find::<C, true>(method, &other_end),
        ];
        for endpoint in others.into_iter().flatten().chain([as_it_is]) {
            if endpoint.required_rank() > strictest.required_rank() {
                strictest = endpoint;
            }
        }
    }
    Ok(strictest)
}

/// The path as it stands, and as it is where a service does any of these: decodes it, drops the
/// parameters behind a `;` and what then looks like a query, takes `//` for `/`. `None` if services
/// differ about it in ways that cannot be told.
fn readings(path: &str) -> Option<Vec<Cow<'_, str>>> {
    if is_ambiguous(path) {
        return None;
    }
    let mut readings = vec![Cow::Borrowed(path)];
    for step in [decoded, without_parameters, without_empty_segments] {
        for index in 0..readings.len() {
            readings.extend(step(&readings[index]).map(Cow::Owned));
        }
    }
    Some(readings)
}

/// Whether there is something in the path that one service takes for a step up, for the end of a
/// segment or of the text, and another one does not.
fn is_ambiguous(path: &str) -> bool {
    let text = decoded(path).map_or(Cow::Borrowed(path), Cow::Owned);
    let is_decoded_twice = decoded(&text).is_some_and(|again| again != text);
    let is_dots = |segment: &str| {
        let name = segment.split(PARAMETERS).next().unwrap_or_default();
        matches!(name.trim(), "." | "..")
    };
    // What is no text has replacement characters now.
    let divides = |character: char| {
        matches!(character, '\\' | char::REPLACEMENT_CHARACTER) || character.is_control()
    };
    is_decoded_twice
        || text.contains(divides)
        || text.matches('/').count() != path.matches('/').count()
        || text.split('/').any(is_dots)
}

/// What begins that which is no part of a file's name: matrix parameters, a query, a fragment.
const PARAMETERS: [char; 3] = [';', '?', '#'];

fn without_parameters(path: &str) -> Option<String> {
    if !path.contains(PARAMETERS) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments = path.split('/');
    let names = segments.map(|segment| segment.split(';').next().unwrap_or_default());
    Some(names.collect::<Vec<_>>().join("/"))
}

fn without_empty_segments(path: &str) -> Option<String> {
    if !path.contains("//") {
        return None;
    }
    let mut plain = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !plain.ends_with('/') {
            plain.push(character);
        }
    }
    Some(plain)
}

/// The path without the slashes at its end, or with one if it has none.
fn other_end(path: &str) -> Cow<'_, str> {
    match path.trim_end_matches('/') {
        "" => Cow::Borrowed("/"),
        trimmed if trimmed.len() < path.len() => Cow::Borrowed(trimmed),
        _ => Cow::Owned(format!("{path}/")),
    }
}

/// The path percent-decoded, once; `None` if it has no escapes. What is no escape stays as it is.
fn decoded(path: &str) -> Option<String> {
    if !path.contains('%') {
        return None;
    }
    let bytes = path.as_bytes();
    let digit = |at: usize| {
        let byte = *bytes.get(at)?;
        char::from(byte).to_digit(16)
    };
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        decoded.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

/// Percent-encodes what cannot stand in the message of a gRPC status.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if matches!(byte, b' '..=b'~') && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{encode, other_end, readings};

    #[test]
    fn paths_have_the_readings_that_services_have() {
        for (path, expected) in [
            ("/a/b", &["/a/b"][..]),
            ("/", &["/"]),
            ("/a/..b/.../", &["/a/..b/.../"]),
            ("/a:b@c", &["/a:b@c"]),
            ("/%zz%4", &["/%zz%4", "/%zz%4"]),
            ("/%61", &["/%61", "/a"]),
            ("/%E2%82%AC", &["/%E2%82%AC", "/€"]),
            ("/a//b//", &["/a//b//", "/a/b/"]),
            ("/a;x/b;y=1", &["/a;x/b;y=1", "/a/b"]),
            ("/a%3bx", &["/a%3bx", "/a;x", "/a"]),
            ("/a%3f/b", &["/a%3f/b", "/a?/b", "/a"]),
            ("/a%23", &["/a%23", "/a#", "/a"]),
            ("/a/;x/b", &["/a/;x/b", "/a//b", "/a/b"]),
        ] {
            let found = readings(path).unwrap_or_default();
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn paths_that_services_differ_about_have_none() {
        for path in [
            "/a/../b",
            "/a/./b",
            "/..",
            "/.",
            "/a/%2e%2E/b",
            "/a/%2e./b",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a/..%3b/b",
            "/a/..%3f/b",
            "/a/%20../b",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0ab",
            "/a%7f",
            "/%FF",
            "/%C0%AE/b",
            "/%252e%252e/b",
            "/..%252fb",
            "/%25zz%2561",
            "/%%32e",
        ] {
            assert_eq!(readings(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_may_end_otherwise() {
        for (path, expected) in [
            ("/a", "/a/"),
            ("/a/", "/a"),
            ("/a//", "/a"),
            ("/", "/"),
            ("//", "/"),
        ] {
            assert_eq!(other_end(path), expected);
        }
    }

    #[test]
    fn messages_are_ascii() {
        assert_eq!(encode("`a` 100%\r\n€"), "`a` 100%25%0D%0A%E2%82%AC");
    }
}
