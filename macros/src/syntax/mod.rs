//! The syntax that all macros share: option lists, the option `crate`, collected errors, `#[cfg]` and
//! `#[deprecated]` attributes, and the names of hidden types.

pub(crate) mod angle_brackets;
pub(crate) mod cfg;
pub(crate) mod crate_path;
pub(crate) mod deprecation;
pub(crate) mod editor_spans;
pub(crate) mod errors;
pub(crate) mod hidden_names;
pub(crate) mod option_errors;
pub(crate) mod option_list;
pub(crate) mod tokens;
