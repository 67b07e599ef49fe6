//! Splits path templates into their segments.

/// A segment of a template. Slashes separate the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    Literal(&'a str),
    /// A parameter. Contains the text before the parameter in its segment: `@` for `@{user}`. This text
    /// is usually empty.
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

/// Removes the parameter names from a template. `/units/{id}` and `/units/{name}` become equal, because
/// they match the same paths.
pub(crate) fn nameless(template: &str) -> String {
    let mut nameless_template = String::with_capacity(template.len());
    for segment in segments(template) {
        nameless_template.push('/');
        match segment {
            Segment::Literal(literal) => nameless_template.push_str(literal),
            Segment::Parameter(prefix) => {
                nameless_template.push_str(prefix);
                nameless_template.push_str("{}");
            }
            Segment::Rest => nameless_template.push_str("{*}"),
        }
    }
    nameless_template
}
