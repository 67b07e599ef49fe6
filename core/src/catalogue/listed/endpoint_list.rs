//! The list of a catalogue's endpoints, which is built at compile time.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::record::Record;

/// A list of `N` endpoints under construction.
pub struct List<const N: usize> {
    pub endpoints: [Endpoint; N],
    /// The index in the list at which the next endpoint from an included catalogue goes. Endpoints from
    /// included catalogues follow the catalogue's own handlers.
    next_included: usize,
}

impl<const N: usize> List<N> {
    /// Creates an empty list. Its first `own_handlers` places are for the catalogue's own handlers.
    pub const fn new(own_handlers: usize) -> Self {
        Self {
            endpoints: [Endpoint(&EMPTY); N],
            next_included: own_handlers,
        }
    }

    /// Returns a view of the list for one module's handlers. Generated code stores each module's view in
    /// a separate variable. The borrow checker visits all borrows of a variable whenever the variable is
    /// used, so a single variable for all modules would slow down compilation.
    pub const fn places(&mut self) -> Places<'_> {
        Places(&mut self.endpoints)
    }

    /// Appends the endpoints of another catalogue.
    pub const fn include(&mut self, included: &'static [Endpoint]) {
        let mut index = 0;
        while index < included.len() {
            self.endpoints[self.next_included] = included[index];
            self.next_included += 1;
            index += 1;
        }
    }
}

/// A view of a list under construction, for one module's handlers. This type has no generic parameters,
/// because the compiler would process them again for each handler.
pub struct Places<'a>(&'a mut [Endpoint]);

impl Places<'_> {
    /// Stores a listed handler's endpoint.
    pub const fn put(&mut self, index: usize, endpoint: Endpoint) {
        self.0[index] = endpoint;
    }
}

/// The placeholder for endpoints that haven't been stored yet.
pub(super) static EMPTY: Record = Record::PLAIN;
