//! The list of a catalogue's endpoints, built at compile time.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::record::Record;
use crate::route::index::Routes;
use crate::route::method::methods;

/// Implemented by every catalogue with a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a catalogue with a list of handlers for the tier enum `{T}`",
    label = "cannot be included",
    note = "give `{Self}` a list and the same tier enum: `#[catalogue(tier = …, handlers(…))]`",
    note = "a catalogue without a list contains every handler in the registry, so it cannot be included"
)]
pub trait Listed<T> {
    /// The catalogue itself. If the catalogue has no list, bounds on this type cause no additional
    /// error.
    type This: ?Sized;
    const ENDPOINTS: &'static [Endpoint];
    /// Returns the index. A constant would be evaluated again after each change to the crate.
    fn routes() -> Routes;
}

/// A list of `N` endpoints under construction.
pub struct List<const N: usize> {
    pub endpoints: [Endpoint; N],
    /// The index of the next included endpoint. Included endpoints follow the catalogue's own handlers.
    next: usize,
}

impl<const N: usize> List<N> {
    /// Creates an empty list that starts with places for the catalogue's `own` handlers.
    pub const fn new(own: usize) -> Self {
        Self {
            endpoints: [Endpoint(&EMPTY); N],
            next: own,
        }
    }

    /// Returns a view for the handlers of one module. Each module gets a separate variable, because the
    /// borrow checker visits every borrow of a variable for each use of that variable.
    pub const fn places(&mut self) -> Places<'_> {
        Places(&mut self.endpoints)
    }

    /// Appends the endpoints of another catalogue.
    pub const fn include(&mut self, others: &'static [Endpoint]) {
        let mut index = 0;
        while index < others.len() {
            self.endpoints[self.next] = others[index];
            self.next += 1;
            index += 1;
        }
    }
}

/// A view of a list under construction, for the handlers of one module. The type has no parameters,
/// because the compiler would process them for each handler.
pub struct Places<'a>(&'a mut [Endpoint]);

impl Places<'_> {
    /// Stores the endpoint of a listed handler.
    pub const fn put(&mut self, index: usize, endpoint: Endpoint) {
        self.0[index] = endpoint;
    }
}

/// The placeholder for endpoints that are not stored yet.
static EMPTY: Record = Record {
    text: "",
    tiers: None,
    line: 0,
    required: 0,
    name: 0,
    path: 0,
    summary: 0,
    method: methods::NONE,
};
