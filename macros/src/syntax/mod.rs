//! The syntax that all macros share: option lists, the `crate` option, collected errors, `#[cfg]` and
//! `#[deprecated]` attributes, spans, and the names of hidden types.

pub(crate) mod angle_brackets;
pub(crate) mod cfg_attributes;
pub(crate) mod crate_path;
pub(crate) mod deprecation;
pub(crate) mod error_collector;
pub(crate) mod hidden_type_names;
pub(crate) mod option_messages;
pub(crate) mod option_parser;
pub(crate) mod spans;
pub(crate) mod tokens;
pub(crate) mod variants;
