//! Splits path templates into segments.

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
