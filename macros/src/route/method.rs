//! The HTTP methods.

/// The methods, as the attributes of web frameworks name them too.
pub(crate) const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "connect",
];

/// Whether an option gives a route: a method, or `any`.
pub(crate) fn is_route(key: &str) -> bool {
    METHODS.contains(&key) || key == "any"
}
