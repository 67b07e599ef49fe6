//! What all macros share: option lists, collected errors, conditions and hidden names.

pub(crate) mod condition;
pub(crate) mod crate_path;
pub(crate) mod deprecation;
pub(crate) mod errors;
pub(crate) mod hidden_names;
pub(crate) mod option_list;
