//! Routes: methods, templates, and the route macros of web frameworks.

pub(crate) mod framework_macro;
mod framework_path;
pub(crate) mod method;
pub(crate) mod prefix_path;
pub(crate) mod template;
