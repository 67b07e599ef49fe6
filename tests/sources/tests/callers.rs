//! How callers are looked up and refused: the layer, the refusals and the ends of trials.

mod ends;
mod refusals;
mod tier_layer;
