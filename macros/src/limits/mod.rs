//! Rate limits and quotas: the options `limit` and `cost` of handlers, and `quota` of catalogues.

pub(crate) mod cost;
pub(crate) mod documentation;
pub(crate) mod feature_check;
pub(crate) mod option;
pub(crate) mod policy_text;
pub(crate) mod records;
