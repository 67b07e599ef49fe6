//! The index of a listed catalogue, built at compile time. A program in which two handlers of a list
//! have the same route doesn't compile.
// Public for generated code only.
#![allow(missing_docs)]

pub(crate) mod failures;
pub(crate) mod list;
pub(crate) mod message;
pub(crate) mod module;
pub(crate) mod resolve;
pub(crate) mod text;

use self::failures::{assert_routed, fail_of_module, refuse_twins};
use self::module::Module;
use crate::endpoint::Endpoint;
use crate::route::index::Routes;
use crate::route::index::key::Key;
use crate::route::index::shape::Shape;

/// The index of a list of `N` endpoints under construction.
pub struct Table<const N: usize, const SLOTS: usize> {
    endpoints: &'static [Endpoint; N],
    pub slots: [u32; SLOTS],
    /// In descending order.
    shapes: [u128; N],
    pub shape_count: usize,
    has_long: bool,
    next: usize,
}

/// A view of an index under construction, for the handlers of one module. It has no type parameters,
/// for the same reason as [`Places`](list::Places).
pub struct Part<'a> {
    endpoints: &'static [Endpoint],
    slots: &'a mut [u32],
    shapes: &'a mut [u128],
    shape_count: &'a mut usize,
    has_long: &'a mut bool,
    /// The module that the list names, or `None` for included handlers.
    module: Option<Module>,
}

const EMPTY_SHAPE: Shape = 0_u128.to_be_bytes();

impl<const N: usize, const SLOTS: usize> Table<N, SLOTS> {
    /// Creates an empty index for a list that starts with the catalogue's `own` handlers.
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

    /// Returns a view for the handlers that are listed with this module's path.
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

    /// Adds the next `count` included endpoints to the index.
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
    /// Adds an endpoint to the index.
    ///
    /// The signature of a public handler doesn't identify its record. The list must therefore name the
    /// module in which the handler was annotated. Otherwise, an import could supply the record of
    /// another function with the same name.
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

    /// Adds an endpoint that a router will mount, and checks that it has a route.
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
