//! What can be looked up.

use crate::route::method::Method;

/// What the index knows about an endpoint.
pub(crate) trait Routed {
    /// The method, and the template as a part of a text: where it starts and ends. `None` if the
    /// endpoint has no route.
    fn template(&self) -> Option<(Method, &[u8], usize, usize)>;

    /// Whether the router decides by more than method and path.
    fn is_constrained(&self) -> bool;
}

/// The method and the template of an endpoint.
pub(crate) fn route_of<E: Routed>(endpoint: &E) -> Option<(Method, &str)> {
    let (method, text, start, end) = endpoint.template()?;
    Some((method, std::str::from_utf8(&text[start..end]).ok()?))
}
