//! The HTTP methods and path templates of endpoints, and the rules for matching paths with templates.

pub(crate) mod canonical_path;
pub(crate) mod index;
pub(crate) mod method;
pub(crate) mod path_matching;
pub(crate) mod swar;
pub(crate) mod template_comparison;
pub(crate) mod template_segments;
pub(crate) mod template_tree;
