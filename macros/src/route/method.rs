//! HTTP methods and routes.

/// The methods, as written in options and in the route macros of web frameworks.
pub(crate) const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "connect",
];

/// Whether an option gives a route: a method, or `any`.
pub(crate) fn is_route(key: &str) -> bool {
    METHODS.contains(&key) || key == "any"
}

/// A route of an endpoint.
#[derive(Debug, PartialEq)]
pub(crate) struct Route {
    /// The key of the method, such as `get`.
    pub(crate) method: String,
    pub(crate) template: String,
}
