//! The table of a listed catalogue, built by the compiler: where two handlers answer one route,
//! the program does not compile.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod failures;
pub(crate) mod module;
pub(crate) mod resolve;
pub(crate) mod text;

use self::failures::{assert_routed, fail_of_module, refuse_twins};
use self::module::Module;
use crate::endpoint::Endpoint;
use crate::endpoint::record::Record;
use crate::route::index::{Key, Routes, Shape};
use crate::route::method::methods;

/// Implemented by every catalogue with lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a catalogue of the tiers `{T}` with a list of handlers",
    label = "cannot be included",
    note = "what is included has `#[catalogue(tier = …, handlers(…))]` with the same tier enum; a catalogue without a list is everything in the registry already"
)]
pub trait Listed<T> {
    /// The catalogue again. What asks for more of it than the lists has no error of its own where
    /// there are none.
    type This: ?Sized;
    const ENDPOINTS: &'static [Endpoint];
    /// Not a constant, which the compiler would evaluate anew after each change of the crate.
    fn routes() -> Routes;
}

/// A list of `N` endpoints under construction.
pub struct List<const N: usize> {
    pub endpoints: [Endpoint; N],
    /// Behind the catalogue's own handlers come the included ones.
    next: usize,
}

impl<const N: usize> List<N> {
    /// An empty list with places for `own` handlers in front of the included ones.
    pub const fn new(own: usize) -> Self {
        Self {
            endpoints: [Endpoint(&EMPTY); N],
            next: own,
        }
    }

    /// For the handlers of one module: a variable of its own for each, as the borrow checker looks at
    /// every borrow of a variable for each of its uses.
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

/// A list under construction, for the handlers of one module: a type without parameters, which the
/// compiler would look at for each of them.
pub struct Places<'a>(&'a mut [Endpoint]);

impl Places<'_> {
    /// Puts a listed handler in its place.
    pub const fn put(&mut self, index: usize, endpoint: Endpoint) {
        self.0[index] = endpoint;
    }
}

/// The index of a list of `N` endpoints under construction.
pub struct Table<const N: usize, const SLOTS: usize> {
    endpoints: &'static [Endpoint; N],
    pub slots: [u32; SLOTS],
    /// The greatest first.
    shapes: [u128; N],
    pub shape_count: usize,
    has_long: bool,
    next: usize,
}

/// An index under construction, for the handlers of one module, as [`Places`] are a list.
pub struct Part<'a> {
    endpoints: &'static [Endpoint],
    slots: &'a mut [u32],
    shapes: &'a mut [u128],
    shape_count: &'a mut usize,
    has_long: &'a mut bool,
    /// What the handlers are listed by; nothing, if they are included.
    module: Option<Module>,
}

const EMPTY_SHAPE: Shape = 0_u128.to_be_bytes();

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

impl<const N: usize, const SLOTS: usize> Table<N, SLOTS> {
    /// An empty index of a list with `own` handlers in front of the included ones.
    pub const fn new(endpoints: &'static [Endpoint; N], own: usize) -> Self {
        Self {
            endpoints,
            slots: [0; SLOTS],
            shapes: [0; N],
            shape_count: 0,
            has_long: false,
            next: own,
        }
    }

    /// For the handlers that are listed by this module.
    pub const fn module(&mut self, module: Module) -> Part<'_> {
        self.part(Some(module))
    }

    const fn part(&mut self, module: Option<Module>) -> Part<'_> {
        Part {
            endpoints: self.endpoints,
            slots: &mut self.slots,
            shapes: &mut self.shapes,
            shape_count: &mut self.shape_count,
            has_long: &mut self.has_long,
            module,
        }
    }

    /// Puts so many included endpoints into the index, behind those before.
    #[track_caller]
    pub const fn include(&mut self, count: usize) {
        let (start, end) = (self.next, self.next + count);
        self.next = end;
        let mut part = self.part(None);
        let mut index = start;
        while index < end {
            part.put(index);
            index += 1;
        }
    }

    pub const fn shapes<const SHAPES: usize>(&self) -> [Shape; SHAPES] {
        let mut shapes = [EMPTY_SHAPE; SHAPES];
        let mut index = 0;
        while index < SHAPES {
            shapes[index] = self.shapes[index].to_be_bytes();
            index += 1;
        }
        shapes
    }

    pub const fn routes(&self, slots: &'static [u32], shapes: &'static [Shape]) -> Routes {
        Routes::new(slots, shapes, self.has_long)
    }
}

impl Part<'_> {
    /// Puts one of the endpoints into the index.
    ///
    /// Nothing in the signature of an open handler tells whose record it is. So its name must lead to
    /// the module that it was annotated in, and not to another function, of which an import hid its
    /// own.
    #[track_caller]
    pub const fn put(&mut self, index: usize) {
        let endpoint = self.endpoints[index];
        if endpoint.0.tiers.is_none()
            && let Some(module) = self.module
            && !module.is(endpoint.module())
        {
            fail_of_module(endpoint);
        }
        let Some((method, text, start, end)) = endpoint.template() else {
            return;
        };
        let key = Key::of(text, start, end);
        let mut slot = key.slot(self.slots.len());
        let entry = key.entry(index);
        while self.slots[slot] != 0 {
            if let Some(other) = Key::index(self.slots[slot], entry) {
                refuse_twins(method, endpoint, self.endpoints[other]);
            }
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
        self.slots[slot] = entry;
        *self.has_long |= key.is_long;
        self.add(key.shape);
    }

    /// The same for a handler that goes into a router.
    #[track_caller]
    pub const fn put_routed(&mut self, index: usize) {
        assert_routed(self.endpoints[index]);
        self.put(index);
    }

    const fn add(&mut self, shape: u128) {
        let count = *self.shape_count;
        let mut place = 0;
        while place < count && self.shapes[place] > shape {
            place += 1;
        }
        if place < count && self.shapes[place] == shape {
            return;
        }
        let mut index = count;
        while index > place {
            self.shapes[index] = self.shapes[index - 1];
            index -= 1;
        }
        self.shapes[place] = shape;
        *self.shape_count = count + 1;
    }
}
