//! The shape of a template states which segments are literals and which are parameters.
// Public for generated code only.
#![allow(missing_docs)]

/// The kinds of a template's segments. Shapes compare like numbers, and a more specific shape is greater.
pub type Shape = [u8; SEGMENTS];

/// The number of segments in a shape. If a catalogue has longer templates, longer paths are compared with
/// every template.
pub(super) const SEGMENTS: usize = 16;

/// A position after the last segment.
pub(super) const END: u8 = 0;
/// `{*rest}`, and each position after it.
pub(super) const REST: u8 = 1;
pub(super) const ALL_REST: u128 = u128::from_be_bytes([REST; SEGMENTS]);
/// A parameter such as `{id}`. The kind is the sum of this constant and the length of the text before the
/// parameter in its segment, in bytes.
pub(super) const PARAMETER: u8 = 2;
/// A segment without a parameter.
pub(super) const LITERAL: u8 = 255;
