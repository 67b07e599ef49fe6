//! Catalogues with a list of handlers or events. The lists of endpoints and events, and the index of the
//! routes, are built at compile time.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod const_eq;
pub(crate) mod endpoint_list;
pub(crate) mod event_list;
pub(crate) mod index_table;
pub(crate) mod list_errors;
pub(crate) mod listable_handlers;
pub(crate) mod listable_methods;
pub(crate) mod module_path;

use crate::endpoint::Endpoint;
use crate::route::index::Routes;

/// Implemented by every catalogue with a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a catalogue with a list of handlers for the tier enum `{T}`",
    label = "cannot be included",
    note = "give `{Self}` a list and the same tier enum: `#[catalogue(tier = …, handlers(…))]`",
    note = "a catalogue without a list contains every handler in the registry, so it cannot be included"
)]
pub trait Listed<T> {
    /// The catalogue itself. Trait bounds on this type cause no additional error if the catalogue has
    /// no list.
    type This: ?Sized;
    const ENDPOINTS: &'static [Endpoint];
    const EVENTS: &'static [Endpoint];
    /// Returns the index of the catalogue's routes. This is a function instead of a constant, because the
    /// compiler would evaluate the constant again after each change to the crate.
    fn routes() -> Routes;
}
