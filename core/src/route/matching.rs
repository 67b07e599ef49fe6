//! Matches paths with templates.

use crate::route::swar;

/// Whether a parameter matches an empty text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    No,
    /// Only after a prefix: `/@{user}` matches `/@`, as in some routers.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    Behind,
}

/// Whether the template matches `path`. A parameter matches one segment, and `{*rest}` one or more.
pub(crate) fn matches(template: &[u8], path: &[u8], empty: Empty) -> bool {
    // Most templates have no parameters. A template with parameters also matches its own text.
    if template == path {
        return true;
    }
    let (mut template, mut path) = (template, path);
    loop {
        let same = swar::common_prefix(template, path, b'{');
        let has_prefix = same > 0 && path[same - 1] != b'/';
        (template, path) = (&template[same..], &path[same..]);
        match (template, path) {
            ([], []) => return true,
            ([b'{', b'*', ..], rest) => return !rest.is_empty(),
            ([b'{', ..], value) => {
                // A parameter is always the last part of its segment.
                let segment = |text: &[u8]| text.iter().position(|&byte| byte == b'/');
                let length = segment(value).unwrap_or(value.len());
                if length == 0 && !(empty == Empty::Behind && has_prefix) {
                    return false;
                }
                path = &value[length..];
                template = &template[segment(template).unwrap_or(template.len())..];
            }
            _ => return false,
        }
    }
}

/// Returns the rest of the template after this literal. Returns `None` if the template doesn't start
/// with the literal, or has a parameter inside it.
#[inline]
pub(crate) fn strip_literal<'a>(literal: &[u8], template: &'a [u8]) -> Option<&'a [u8]> {
    let same = swar::common_prefix(template, literal, b'{');
    (same == literal.len()).then(|| &template[same..])
}

#[cfg(test)]
mod tests {
    use super::{Empty, matches};

    #[test]
    fn paths_match_templates() {
        for (template, path) in [
            ("/", "/"),
            ("/units", "/units"),
            ("/units/{id}", "/units/7"),
            ("/units/{id}/notes", "/units/7/notes"),
            ("/units/", "/units/"),
            ("/@{user}", "/@ada"),
            ("/files/{*rest}", "/files/a"),
            ("/files/{*rest}", "/files/a/b/c"),
            ("/{*rest}", "/a//b"),
            ("/{x}/b", "/{y}/b"),
            ("/abcdefg/{x}/h", "/abcdefg/{x/h"),
            ("/abcdefghijklmn/@{x}", "/abcdefghijklmn/@{y}"),
            ("/abcdef/{x}/abcdefghijk", "/abcdef/7/abcdefghijk"),
        ] {
            assert!(
                matches(template.as_bytes(), path.as_bytes(), Empty::No),
                "{template} {path}"
            );
        }
    }

    #[test]
    fn paths_do_not_match_other_templates() {
        for (template, path) in [
            ("/", ""),
            ("/", "/x"),
            ("/units", "/units/"),
            ("/units", "/unit"),
            ("/units/{id}", "/units/"),
            ("/units/{id}", "/units"),
            ("/units/{id}", "/units/7/"),
            ("/units/{id}", "/units/7/notes"),
            ("/@{user}", "/@"),
            ("/@{user}", "/ada"),
            ("/files/{*rest}", "/files/"),
            ("/files/{*rest}", "/files"),
            ("/{x}/b", "//b"),
            ("/@{user}/b", "/@/b"),
            ("/units", "units"),
            ("/{x}/b", "/{y}/c"),
            ("/abcdefg/{x}/h", "/abcdefg/{x}/i"),
            ("/abcdefghijklmn/@{x}", "/abcdefghijklmn/@"),
            ("/abcdef/{x}/abcdefghijk", "/abcdef/7/abcdefghijl"),
            ("/abcdef/{x}/abcdefghijk", "/abcdef/7/abcdefghijkl"),
        ] {
            assert!(
                !matches(template.as_bytes(), path.as_bytes(), Empty::No),
                "{template} {path}"
            );
        }
    }

    #[test]
    fn a_parameter_after_a_prefix_may_be_empty() {
        for (template, path, expected) in [
            ("/@{user}", "/@", true),
            ("/@{user}/b", "/@/b", true),
            ("/{x}/b", "//b", false),
            ("/units/{id}", "/units/", false),
            ("/files/{*rest}", "/files/", false),
        ] {
            let (template, path) = (template.as_bytes(), path.as_bytes());
            assert_eq!(matches(template, path, Empty::Behind), expected);
        }
    }
}
