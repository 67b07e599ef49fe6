//! Decides which of two templates is more specific.

use crate::route::template::{Segment, segments};
use std::cmp::Ordering;

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

#[cfg(test)]
mod tests {
    use super::by_specificity;
    use std::cmp::Ordering;

    #[test]
    fn literals_are_more_specific_than_parameters() {
        assert_eq!(by_specificity("/a/b", "/a/{x}"), Ordering::Greater);
        assert_eq!(by_specificity("/a/{x}", "/a/{*x}"), Ordering::Greater);
        assert_eq!(by_specificity("/{x}/b", "/a/{x}"), Ordering::Less);
        assert_eq!(by_specificity("/@{x}", "/{x}"), Ordering::Greater);
    }
}
