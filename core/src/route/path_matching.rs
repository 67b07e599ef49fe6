//! Matches paths with templates.

use crate::route::swar;

/// Whether a parameter can match an empty text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    No,
    /// A parameter can be empty only after a prefix, as in some routers: `/@{user}` matches `/@`.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    Behind,
}

/// Returns whether the template matches `path`. A parameter matches one segment, and `{*rest}` matches
/// one or more segments.
pub(crate) fn matches(template: &[u8], path: &[u8], empty: Empty) -> bool {
    // Compares the whole texts first, because most templates have no parameters. This is also correct
    // for a template with parameters, which matches its own text: `/units/{id}` matches the path
    // `/units/{id}`.
    if template == path {
        return true;
    }
    let (mut template, mut path) = (template, path);
    loop {
        let matched = swar::common_prefix(template, path, b'{');
        let has_prefix = matched > 0 && path[matched - 1] != b'/';
        (template, path) = (&template[matched..], &path[matched..]);
        match (template, path) {
            ([], []) => return true,
            ([b'{', b'*', ..], rest_of_path) => return !rest_of_path.is_empty(),
            ([b'{', ..], path_from_value) => {
                // A parameter is always the last part of its segment.
                let next_slash = |text: &[u8]| text.iter().position(|&byte| byte == b'/');
                let value_length = next_slash(path_from_value).unwrap_or(path_from_value.len());
                if value_length == 0 && !(empty == Empty::Behind && has_prefix) {
                    return false;
                }
                path = &path_from_value[value_length..];
                template = &template[next_slash(template).unwrap_or(template.len())..];
            }
            _ => return false,
        }
    }
}

/// Returns the part of the template that follows this literal. Returns `None` if the template doesn't
/// start with the literal, or if the part that equals the literal contains a `{`.
#[inline]
pub(crate) fn strip_literal<'a>(literal: &[u8], template: &'a [u8]) -> Option<&'a [u8]> {
    let matched = swar::common_prefix(template, literal, b'{');
    (matched == literal.len()).then(|| &template[matched..])
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
