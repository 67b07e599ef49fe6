//! Path templates, and the rules for matching paths with them.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod index;
pub(crate) mod method;
pub(crate) mod overlaps;
pub(crate) mod spelling;
pub(crate) mod swar;
pub(crate) mod unique;

use self::swar::WORD;
use std::cmp::Ordering;

/// One segment of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    Literal(&'a str),
    /// A parameter, with the text before it in the segment: `@` in `@{user}`, usually empty.
    Parameter(&'a str),
    /// `{*rest}`.
    Rest,
}

pub(crate) fn segments(template: &str) -> impl Iterator<Item = Segment<'_>> {
    template
        .strip_prefix('/')
        .unwrap_or(template)
        .split('/')
        .map(|segment| match segment.find('{') {
            None => Segment::Literal(segment),
            Some(_) if segment.starts_with("{*") => Segment::Rest,
            Some(open) => Segment::Parameter(&segment[..open]),
        })
}

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
        let same = literal_in_common(template, path);
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
pub(crate) fn behind<'a>(literal: &[u8], template: &'a [u8]) -> Option<&'a [u8]> {
    let same = literal_in_common(template, literal);
    (same == literal.len()).then(|| &template[same..])
}

/// Counts the bytes that a template and a path have in common, up to the template's next parameter.
/// Compares eight bytes at a time, because a lookup spends much of its time here.
#[inline]
fn literal_in_common(template: &[u8], path: &[u8]) -> usize {
    let mut same = 0;
    for (left, right) in template.as_chunks().0.iter().zip(path.as_chunks().0) {
        let (left, right) = (u64::from_le_bytes(*left), u64::from_le_bytes(*right));
        // The lowest set bit is in the first byte that differs or is a brace.
        let end = (left ^ right) | swar::found_in(left, b'{');
        if end != 0 {
            return same + end.trailing_zeros() as usize / 8;
        }
        same += WORD;
    }
    let shorter = template.len().min(path.len());
    let (template, path) = (&template[..shorter], &path[..shorter]);
    while same < shorter && template[same] == path[same] && template[same] != b'{' {
        same += 1;
    }
    same
}

/// Removes the names of the parameters from a template. Two templates that match the same paths become
/// equal.
pub(crate) fn nameless(template: &str) -> String {
    let mut nameless = String::with_capacity(template.len());
    for segment in segments(template) {
        nameless.push('/');
        match segment {
            Segment::Literal(literal) => nameless.push_str(literal),
            Segment::Parameter(prefix) => {
                nameless.push_str(prefix);
                nameless.push_str("{}");
            }
            Segment::Rest => nameless.push_str("{*}"),
        }
    }
    nameless
}

/// Compares two templates that match the same path. The greater template is more specific, and answers.
///
/// The first segment in which they differ decides. A literal is more specific than a parameter, and a
/// parameter more specific than `{*rest}`.
pub(crate) fn by_specificity(left: &str, right: &str) -> Ordering {
    let rank = |segment: Segment<'_>| match segment {
        Segment::Literal(_) => (2, 0),
        Segment::Parameter(prefix) => (1, prefix.len()),
        Segment::Rest => (0, 0),
    };
    segments(left).map(rank).cmp(segments(right).map(rank))
}

/// The relation between two templates with the same method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// No path matches both.
    Apart,
    /// They match the same paths.
    Same,
    /// One template matches every path of the other, and more. The narrower template is an exception to
    /// the wider one.
    Nested,
    /// Some paths match both templates, and each template also matches paths that the other doesn't.
    Crossing,
}

pub(crate) fn relation(left: &str, right: &str) -> Relation {
    let (mut left, mut right) = (segments(left), segments(right));
    let (mut left_wider, mut right_wider) = (false, false);
    loop {
        match (left.next(), right.next()) {
            (None, None) | (Some(Segment::Rest), Some(Segment::Rest)) => break,
            (Some(Segment::Rest), Some(_)) => {
                left_wider = true;
                break;
            }
            (Some(_), Some(Segment::Rest)) => {
                right_wider = true;
                break;
            }
            (Some(one), Some(other)) => match (one, other) {
                (Segment::Literal(one), Segment::Literal(other)) if one == other => {}
                (Segment::Parameter(one), Segment::Parameter(other)) if one == other => {}
                (Segment::Parameter(prefix), Segment::Literal(literal))
                    if literal.len() > prefix.len() && literal.starts_with(prefix) =>
                {
                    left_wider = true;
                }
                (Segment::Literal(literal), Segment::Parameter(prefix))
                    if literal.len() > prefix.len() && literal.starts_with(prefix) =>
                {
                    right_wider = true;
                }
                (Segment::Parameter(one), Segment::Parameter(other)) if other.starts_with(one) => {
                    left_wider = true;
                }
                (Segment::Parameter(one), Segment::Parameter(other)) if one.starts_with(other) => {
                    right_wider = true;
                }
                _ => return Relation::Apart,
            },
            _ => return Relation::Apart,
        }
    }
    match (left_wider, right_wider) {
        (false, false) => Relation::Same,
        (true, true) => Relation::Crossing,
        _ => Relation::Nested,
    }
}

#[cfg(test)]
mod tests {
    use super::{Empty, Relation, by_specificity, matches, relation};
    use std::cmp::Ordering;

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
    fn a_parameter_behind_a_prefix_may_be_empty() {
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

    #[test]
    fn literals_are_more_specific_than_parameters() {
        assert_eq!(by_specificity("/a/b", "/a/{x}"), Ordering::Greater);
        assert_eq!(by_specificity("/a/{x}", "/a/{*x}"), Ordering::Greater);
        assert_eq!(by_specificity("/{x}/b", "/a/{x}"), Ordering::Less);
        assert_eq!(by_specificity("/@{x}", "/{x}"), Ordering::Greater);
    }

    #[test]
    fn relations_of_templates() {
        for (left, right, expected) in [
            ("/a", "/b", Relation::Apart),
            ("/a", "/a/", Relation::Apart),
            ("/a/{x}", "/a", Relation::Apart),
            ("/a/{x}", "/a/{y}", Relation::Same),
            ("/{*x}", "/{*y}", Relation::Same),
            ("/a/{x}", "/a/b", Relation::Nested),
            ("/a/{*x}", "/a/b/c", Relation::Nested),
            ("/@{x}", "/{x}", Relation::Nested),
            ("/{x}/b", "/a/{y}", Relation::Crossing),
            ("/{x}/b", "/a/{*y}", Relation::Crossing),
            ("/@{x}", "/#{x}", Relation::Apart),
        ] {
            assert_eq!(relation(left, right), expected, "{left} {right}");
            assert_eq!(relation(right, left), expected, "{right} {left}");
        }
    }
}
