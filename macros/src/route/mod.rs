//! Routes: methods, templates, prefixes, and the route macros of web frameworks.

pub(crate) mod framework_features;
pub(crate) mod framework_macro;
mod framework_path;
pub(crate) mod method;
pub(crate) mod prefix;
pub(crate) mod template;
