//! Checks that the variants of an event enum have the same tier enum.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::gated::Handler;

/// Returns the record of a variant. `X` is the variant's hidden type, and `T` is the tier enum of the
/// first variant.
pub const fn variant_record<X: Handler, T>() -> Endpoint
where
    X::Of: SameTierEnum<T>,
{
    X::RECORD
}

/// Implemented by each tier enum with itself as `T`.
#[diagnostic::on_unimplemented(
    message = "this variant requires a tier of `{Self}`, but the first variant requires a tier of `{T}`",
    label = "requires a tier of another enum",
    note = "the variants of one enum require tiers of the same enum; write a second event for tiers of `{Self}`"
)]
pub trait SameTierEnum<T> {}

impl<T> SameTierEnum<T> for T {}
