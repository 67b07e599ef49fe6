//! Path templates, and which template a path matches.
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
    /// What stands before the parameter: `@` in `@{user}`, mostly nothing.
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

/// Whether a parameter matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    No,
    /// Behind a prefix: `/@{user}` matches `/@`, as in some routers.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    Behind,
}

/// Whether `path` matches the template. A parameter matches one segment and `{*rest}` one or more.
pub(crate) fn matches(template: &[u8], path: &[u8], empty: Empty) -> bool {
    // Most templates have no parameter. One with parameters matches itself too.
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
                // A parameter ends its segment.
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

/// What of a template is behind this literal, in which no parameter of it begins.
#[inline]
pub(crate) fn behind<'a>(literal: &[u8], template: &'a [u8]) -> Option<&'a [u8]> {
    let same = literal_in_common(template, literal);
    (same == literal.len()).then(|| &template[same..])
}

/// How many bytes a template has in common with a path, up to its next parameter: eight at a time,
/// as this is a good part of what a look-up costs.
#[inline]
fn literal_in_common(template: &[u8], path: &[u8]) -> usize {
    let mut same = 0;
    for (left, right) in template.as_chunks().0.iter().zip(path.as_chunks().0) {
        let (left, right) = (u64::from_le_bytes(*left), u64::from_le_bytes(*right));
        // The lowest bit that is set stands in the first byte that is another one, or a brace.
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

/// The template without the names of its parameters: what two routes that answer the same paths have
/// in common.
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

/// Which of two templates that match one path is the more specific, and so the one that answers:
/// the first segment in which they differ decides; literal before parameter before rest.
pub(crate) fn by_specificity(left: &str, right: &str) -> Ordering {
    let rank = |segment: Segment<'_>| match segment {
        Segment::Literal(_) => (2, 0),
        Segment::Parameter(prefix) => (1, prefix.len()),
        Segment::Rest => (0, 0),
    };
    segments(left).map(rank).cmp(segments(right).map(rank))
}

/// How two templates of one method stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// No path matches both.
    Apart,
    /// They match the same paths.
    Same,
    /// Every path that matches one of them matches the other too, so the narrower one is an
    /// exception to the wider one.
    Nested,
    /// Some paths match both, and each has paths of its own.
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
