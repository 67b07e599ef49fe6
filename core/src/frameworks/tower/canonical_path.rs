//! Checks whether a path is in canonical form. The tower layer refuses any other path, such as `/a//b`,
//! as ambiguous.

use crate::route::canonical_path::canonical;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Returns the canonical spelling of a path, or `None` if services could interpret the path in
/// different ways. For example, some services treat `/a//b` as `/a/b`.
pub(super) fn canonical_path(path: &str) -> Option<Cow<'_, str>> {
    let spelled = canonical(path)?;
    let segments = spelled.strip_prefix('/')?;
    // The empty text after a final slash isn't a segment.
    let segments = segments.strip_suffix('/').unwrap_or(segments);
    if spelled != "/" && !segments.split('/').all(is_unambiguous) {
        return None;
    }
    Some(spelled)
}

/// Returns whether every service treats the segment as one name, and as the same name. `..` and `a%2Fb`
/// fail this check: a service might treat `..` as the parent folder, and `a%2Fb` as two segments.
fn is_unambiguous(segment: &str) -> bool {
    const SEPARATORS: [char; 6] = ['/', '\\', '%', ';', '?', '#'];
    let Ok(text) = percent_decode_str(segment).decode_utf8() else {
        return false;
    };
    // Some file systems ignore dots and spaces at the end of a file name, so `a.` might be the same
    // file as `a`.
    let is_trimmed = text.trim() == text && !text.ends_with('.');
    let is_special = |character: char| SEPARATORS.contains(&character) || character.is_control();
    !text.is_empty() && is_trimmed && !text.contains(is_special)
}

#[cfg(test)]
mod tests {
    use super::canonical_path;

    #[test]
    fn paths_in_canonical_form_are_accepted() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("/a/..b/...c/.well-known", "/a/..b/...c/.well-known"),
            ("/a:b@c,d+e=f&g", "/a:b@c,d+e=f&g"),
            ("/a%20b", "/a%20b"),
            ("/%61", "/a"),
            ("/%e2%82%ac", "/%E2%82%AC"),
            ("/€", "/%E2%82%AC"),
            ("/%40ada", "/@ada"),
        ] {
            assert_eq!(canonical_path(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn every_other_path_is_refused() {
        for path in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//",
            "/a//b",
            "///",
            "/a/../b",
            "/a/./b",
            "/..",
            "/.",
            "/a/..",
            "/a/../",
            "/a/...",
            "/a/%2e%2E/b",
            "/a/%2e./b",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a;x",
            "/;",
            "/a%3bx",
            "/a/..%3b/b",
            "/a/..%3f/b",
            "/a%3f",
            "/a%23",
            "/a/%20../b",
            "/a/..%20/b",
            "/a%20",
            "/%20a",
            "/a%C2%A0",
            "/a.",
            "/a%2e",
            "/%2e",
            "/a%2Fb",
            "/%2f",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0ab",
            "/a%7f",
            "/a%C2%85b",
            "/%FF",
            "/%C0%AE/b",
            "/%252e%252e/b",
            "/..%252fb",
            "/%25",
            "/%%32e",
            "/%",
            "/%4",
            "/%zz",
            "/%+1",
        ] {
            assert_eq!(canonical_path(path), None, "{path}");
        }
    }
}
