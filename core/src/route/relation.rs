//! Compares the sets of paths that two templates match.

use crate::route::template::{Segment, segments};

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
    use super::{Relation, relation};

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
