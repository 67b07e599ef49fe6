//! The trait that the derive of a push event implements.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::gated::Handler;
use crate::tier::Tier;
use std::sync::Arc;

/// Implemented by `#[derive(Event)]` for a struct, or for an enum with one event for each variant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "add `#[derive(tiergate::Event)]` and `#[event(…)]` to the type"
)]
pub trait EventRecords: Sized {
    /// The hidden type of the first event. All other events require tiers of the same enum.
    type First: Handler;
    /// The records of all events that this type can represent.
    const RECORDS: &'static [Endpoint];
    /// Returns the record of this value.
    fn record(&self) -> Endpoint;
}

#[diagnostic::do_not_recommend]
impl<E: EventRecords> EventRecords for &E {
    type First = E::First;
    const RECORDS: &'static [Endpoint] = E::RECORDS;
    fn record(&self) -> Endpoint {
        E::record(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: EventRecords> EventRecords for Arc<E> {
    type First = E::First;
    const RECORDS: &'static [Endpoint] = E::RECORDS;
    fn record(&self) -> Endpoint {
        E::record(self)
    }
}

/// An event with its tier enum. The derive doesn't implement this trait: the hidden types of the events
/// already check that the enum is a tier enum, and a second check would cause a second error.
pub trait DerivedEvent: EventRecords<First: Handler<Of = <Self as DerivedEvent>::Tier>> {
    type Tier: Tier;
}

impl<E: EventRecords> DerivedEvent for E {
    type Tier = <E::First as Handler>::Of;
}
