//! The trait for endpoints in an index.

use crate::route::method::Method;

/// An endpoint that an index can look up.
pub(crate) trait Routed {
    /// Returns the method, a text that contains the template, and the template's start and end in this
    /// text. Returns `None` if the endpoint has no route.
    fn template(&self) -> Option<(Method, &[u8], usize, usize)>;

    /// Whether the router checks more than method and path.
    fn is_constrained(&self) -> bool;
}

/// Returns the method and the template of an endpoint.
pub(crate) fn route_of<E: Routed>(endpoint: &E) -> Option<(Method, &str)> {
    let (method, text, start, end) = endpoint.template()?;
    Some((method, std::str::from_utf8(&text[start..end]).ok()?))
}
