//! The trait that the derive of a push event implements.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::tier::Tier;

/// Implemented by `#[derive(Event)]` for a struct, or for an enum with one event for each variant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "add `#[derive(tiergate::Event)]` and `#[event(…)]` to the type"
)]
pub trait DerivedEvent: Sized {
    type Tier: Tier;
    /// The records of all events that this type can represent.
    const RECORDS: &'static [Endpoint];
    /// Returns the record of this value.
    fn record(&self) -> Endpoint;
}

#[diagnostic::do_not_recommend]
impl<E: DerivedEvent> DerivedEvent for &E {
    type Tier = E::Tier;
    const RECORDS: &'static [Endpoint] = E::RECORDS;
    fn record(&self) -> Endpoint {
        E::record(self)
    }
}
