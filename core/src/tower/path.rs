//! Which endpoint a path means, to the catalogue and to a service that reads it otherwise.

use crate::{Catalogue, Endpoint};
use std::borrow::Cow;
use std::fmt::Write;

/// The endpoint that the path means, as it stands and as a service may resolve it. `None` if the two
/// are not the same.
pub(super) fn find<C: Catalogue>(method: &str, path: &str) -> Option<&'static Endpoint> {
    let found = C::find(method, path)?;
    match resolved(path)? {
        Cow::Borrowed(_) => Some(found),
        Cow::Owned(other) => C::find(method, &other).filter(|other| *other == found),
    }
}

/// The path percent-decoded, without `.`, `..`, `\` and empty segments; `None` if it is no text.
fn resolved(path: &str) -> Option<Cow<'_, str>> {
    let is_plain = !path.contains(['%', '\\'])
        && !path.contains("//")
        && !path.split('/').any(|segment| matches!(segment, "." | ".."));
    if is_plain {
        return Some(Cow::Borrowed(path));
    }
    let decoded = String::from_utf8(decode(path.as_bytes())).ok()?;
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut plain = String::with_capacity(decoded.len());
    for segment in &segments {
        plain.push('/');
        plain.push_str(segment);
    }
    // `/files/` is another route than `/files`.
    if plain.is_empty() || decoded.ends_with(['/', '\\']) {
        plain.push('/');
    }
    Some(Cow::Owned(plain))
}

/// What is no escape stays as it is.
fn decode(bytes: &[u8]) -> Vec<u8> {
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
    decoded
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
    use super::{encode, resolved};

    #[test]
    fn plain_paths_stay_as_they_are() {
        for path in ["/", "/a", "/a/b.c", "/a/", "/a/..b", "/...", "/a:b@c"] {
            assert!(matches!(
                resolved(path),
                Some(std::borrow::Cow::Borrowed(same)) if same == path
            ));
        }
    }

    #[test]
    fn other_paths_are_resolved() {
        for (path, expected) in [
            ("/a/../b", "/b"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/%2e./b/", "/b/"),
            ("/../../a", "/a"),
            ("/a/./b", "/a/b"),
            ("//a//b", "/a/b"),
            ("/a%2Fb", "/a/b"),
            ("/a\\..\\b", "/b"),
            ("/a/%5c../b", "/b"),
            ("/%61", "/a"),
            ("/%zz%4", "/%zz%4"),
            ("/..", "/"),
            ("/%E2%82%AC", "/€"),
        ] {
            assert_eq!(resolved(path).as_deref(), Some(expected), "{path}");
        }
        assert_eq!(resolved("/%FF"), None);
    }

    #[test]
    fn messages_are_ascii() {
        assert_eq!(encode("`a` 100%\r\n€"), "`a` 100%25%0D%0A%E2%82%AC");
    }
}
