//! Compares two templates: whether any path matches both of them, and which of them is more specific.

use crate::route::template_segments::{Segment, segments};
use std::cmp::Ordering;

/// The relation between the paths that two templates match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// No path matches both templates: `/units/{id}` and `/calls/{id}`.
    Apart,
    /// Both templates match the same paths: `/units/{id}` and `/units/{name}`.
    Same,
    /// One template matches every path that the other template matches, and further paths. For example,
    /// `/units/active` is an exception to `/units/{id}`.
    Nested,
    /// Some paths match both templates, and each template also matches paths that the other doesn't.
    /// For example, `/{kind}/all` and `/units/{id}` both match `/units/all`.
    Crossing,
}

pub(crate) fn relation(left: &str, right: &str) -> Relation {
    let (mut left_segments, mut right_segments) = (segments(left), segments(right));
    let (mut left_wider, mut right_wider) = (false, false);
    loop {
        match (left_segments.next(), right_segments.next()) {
            (None, None) | (Some(Segment::Rest), Some(Segment::Rest)) => break,
            (Some(Segment::Rest), Some(_)) => {
                left_wider = true;
                break;
            }
            (Some(_), Some(Segment::Rest)) => {
                right_wider = true;
                break;
            }
            (Some(left), Some(right)) => match (left, right) {
                (Segment::Literal(left), Segment::Literal(right)) if left == right => {}
                (Segment::Parameter(left), Segment::Parameter(right)) if left == right => {}
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
                (Segment::Parameter(left), Segment::Parameter(right))
                    if right.starts_with(left) =>
                {
                    left_wider = true;
                }
                (Segment::Parameter(left), Segment::Parameter(right))
                    if left.starts_with(right) =>
                {
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

/// Compares two templates that match the path of a request. The more specific template is the greater
/// of the two, and its endpoint answers the request.
///
/// The first segment in which the templates differ determines the result. A literal is more specific
/// than a parameter, and a parameter is more specific than `{*rest}`.
pub(crate) fn by_specificity(left: &str, right: &str) -> Ordering {
    let specificity = |segment: Segment<'_>| match segment {
        Segment::Literal(_) => (2, 0),
        Segment::Parameter(prefix) => (1, prefix.len()),
        Segment::Rest => (0, 0),
    };
    segments(left)
        .map(specificity)
        .cmp(segments(right).map(specificity))
}

#[cfg(test)]
mod tests {
    use super::{Relation, by_specificity, relation};
    use std::cmp::Ordering;

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

    #[test]
    fn literals_are_more_specific_than_parameters() {
        assert_eq!(by_specificity("/a/b", "/a/{x}"), Ordering::Greater);
        assert_eq!(by_specificity("/a/{x}", "/a/{*x}"), Ordering::Greater);
        assert_eq!(by_specificity("/{x}/b", "/a/{x}"), Ordering::Less);
        assert_eq!(by_specificity("/@{x}", "/{x}"), Ordering::Greater);
    }
}
