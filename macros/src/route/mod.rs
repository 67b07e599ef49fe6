//! Routes: HTTP methods, templates, prefixes, and the route macros of web frameworks.

pub(crate) mod framework_features;
pub(crate) mod framework_macro;
mod framework_path;
pub(crate) mod prefix;
pub(crate) mod template;

/// The HTTP methods, spelled as in the macros' options and in the frameworks' route macros.
const HTTP_METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "connect",
];

/// Returns whether an option with this key gives the endpoint a route. Such a key is an HTTP method or
/// `any`.
pub(crate) fn is_route_key(key: &str) -> bool {
    HTTP_METHODS.contains(&key) || key == "any"
}

/// An endpoint's route.
#[derive(Debug, PartialEq)]
pub(crate) struct Route {
    /// The HTTP method in lower case, such as `get`. `any` stands for all methods.
    pub(crate) method: String,
    pub(crate) template: String,
}
