//! Methods and path templates of endpoints, and the rules for matching paths with templates.

pub(crate) mod index;
pub(crate) mod matching;
pub(crate) mod method;
pub(crate) mod overlaps;
pub(crate) mod relation;
pub(crate) mod specificity;
pub(crate) mod spelling;
pub(crate) mod swar;
pub(crate) mod template;

// Some of these are unused, depending on the features.
#[allow(unused_imports)]
pub(crate) use self::{
    matching::{Empty, matches},
    relation::{Relation, relation},
    specificity::by_specificity,
    template::{nameless, segments},
};
