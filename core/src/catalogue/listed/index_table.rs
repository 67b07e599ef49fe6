//! The index of a listed catalogue, which is built at compile time. If two listed handlers have the same
//! route, the program doesn't compile.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::listed::list_errors::{assert_routed, fail_wrong_module, refuse_same_route};
use crate::catalogue::listed::module_path::Module;
use crate::endpoint::Endpoint;
use crate::route::index::Routes;
use crate::route::index::template_key::{Key, Shape};

/// An index under construction, for a list of `N` endpoints.
pub struct Table<const N: usize, const SLOTS: usize> {
    endpoints: &'static [Endpoint; N],
    pub slots: [u32; SLOTS],
    /// The distinct shapes of the endpoints' templates, in descending order.
    shapes: [u128; N],
    pub shape_count: usize,
    has_long: bool,
    next_included: usize,
}

/// A view of an index under construction, for one module's handlers. This type has no generic parameters,
/// because the compiler would process them again for each handler.
pub struct ModuleTable<'a> {
    endpoints: &'static [Endpoint],
    slots: &'a mut [u32],
    shapes: &'a mut [u128],
    shape_count: &'a mut usize,
    has_long: &'a mut bool,
    /// The module path that the list gives for the handlers, or `None` for the handlers of an included
    /// catalogue.
    listed_module: Option<Module>,
}

const EMPTY_SHAPE: Shape = 0_u128.to_be_bytes();

impl<const N: usize, const SLOTS: usize> Table<N, SLOTS> {
    /// Creates an empty index for a list of endpoints. The first `own_handlers` endpoints in the list
    /// belong to the catalogue's own handlers.
    pub const fn new(endpoints: &'static [Endpoint; N], own_handlers: usize) -> Self {
        Self {
            endpoints,
            slots: [0; SLOTS],
            shapes: [0; N],
            shape_count: 0,
            has_long: false,
            next_included: own_handlers,
        }
    }

    /// Returns a view of the index for the handlers that are listed with this module's path.
    pub const fn module(&mut self, module: Module) -> ModuleTable<'_> {
        self.module_table(Some(module))
    }

    const fn module_table(&mut self, listed_module: Option<Module>) -> ModuleTable<'_> {
        ModuleTable {
            endpoints: self.endpoints,
            slots: &mut self.slots,
            shapes: &mut self.shapes,
            shape_count: &mut self.shape_count,
            has_long: &mut self.has_long,
            listed_module,
        }
    }

    /// Adds the next `count` endpoints of included catalogues to the index.
    #[track_caller]
    pub const fn include(&mut self, count: usize) {
        let (start, end) = (self.next_included, self.next_included + count);
        self.next_included = end;
        let mut included_handlers = self.module_table(None);
        let mut index = start;
        while index < end {
            included_handlers.put(index);
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

impl ModuleTable<'_> {
    /// Adds an endpoint to the index.
    ///
    /// A public handler has no guard, so its signature doesn't identify its endpoint record. The list
    /// must therefore name the module in which the handler was annotated. Otherwise, the catalogue could
    /// contain the record of an unrelated imported function that happens to have the same name as
    /// the handler.
    #[track_caller]
    pub const fn put(&mut self, index: usize) {
        let endpoint = self.endpoints[index];
        if endpoint.0.tiers.is_none()
            && let Some(listed_module) = self.listed_module
            && !listed_module.is(endpoint.module())
        {
            fail_wrong_module(endpoint);
        }
        let Some((method, text, start, end)) = endpoint.template() else {
            return;
        };
        let key = Key::of(text, start, end);
        let mut slot = key.slot(self.slots.len());
        let entry = key.entry(index);
        while self.slots[slot] != 0 {
            if let Some(earlier) = Key::index(self.slots[slot], entry) {
                refuse_same_route(method, endpoint, self.endpoints[earlier]);
            }
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
        self.slots[slot] = entry;
        *self.has_long |= key.is_long;
        self.insert_shape(key.shape);
    }

    /// Adds an endpoint that `router()` will mount. Fails to compile if the endpoint has no route.
    #[track_caller]
    pub const fn put_routed(&mut self, index: usize) {
        assert_routed(self.endpoints[index]);
        self.put(index);
    }

    const fn insert_shape(&mut self, shape: u128) {
        let count = *self.shape_count;
        let mut position = 0;
        while position < count && self.shapes[position] > shape {
            position += 1;
        }
        if position < count && self.shapes[position] == shape {
            return;
        }
        let mut index = count;
        while index > position {
            self.shapes[index] = self.shapes[index - 1];
            index -= 1;
        }
        self.shapes[position] = shape;
        *self.shape_count = count + 1;
    }
}
