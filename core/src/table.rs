//! The table of a listed catalogue, built by the compiler: where two handlers answer one route,
//! the program does not compile.
// Public for generated code only.
#![allow(missing_docs)]

use crate::annotated::{Annotated, AnyTier, HasImplTrait, Takes, TakesMore, TakesNoGuard};
use crate::endpoint::Record;
use crate::route::Method;
use crate::routes::{Key, Routes, Shape};
use crate::{Endpoint, Gated, Guard, Tier};
use std::marker::PhantomData;

/// Says where the record of a listed handler comes from, in a catalogue of the tiers `T`: from the
/// hidden type `X` that stands beside the handler, or by its guard.
///
/// The hidden type is found by its name, in the module that the list names. It says how many
/// parameters the handler has, so that the compiler has one candidate to look at, to see that it is
/// this very handler's. By its guard alone, each number of parameters is a candidate, which costs as
/// much time as everything else together: for handlers that were imported under another name.
pub struct Twin<X, T>(PhantomData<(X, T)>);

impl<X, T> Twin<X, T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<X: Annotated, T> Twin<X, T> {
    /// The record of the hidden type.
    pub const fn record<F, Parameters>(self, _: &F) -> Endpoint
    where
        F: HandlerOf<X, X::Form, Parameters>,
        F::Tier: SameTier<T>,
        F::Form: Listable,
    {
        X::ENDPOINT
    }
}

impl<T> Twin<ByGuard, T> {
    /// The record that the handler's guard leads to.
    pub const fn record<F, Parameters>(self, _: &F) -> Endpoint
    where
        F: GatedHandler<Parameters>,
        <F::Endpoint as Gated>::Tier: SameTier<T>,
        <F::Endpoint as Gated>::Form: Listable,
    {
        <F::Endpoint as Gated>::ENDPOINT
    }
}

/// The twins of handlers that stand in one module, in an order of their own. In place of a hidden type
/// that the module does not have, the alias of its name is found.
///
/// The user's tier is named in the outer block, as the module may have a type of this name too.
#[doc(hidden)]
#[macro_export]
macro_rules! __twins {
    // For a module that has one of its own name.
    ([as $($module:tt)*] $($rest:tt)*) => {{
        use $($module)* as __tiergate_module;
        $crate::__twins!([__tiergate_module] $($rest)*)
    }};
    ([$($module:tt)*] [$tier:ty] $($alias:ident $otherwise:ident)*; $($hidden:ident)*) => {{
        $(type $alias = $crate::__private::$otherwise;)*
        type __TiergateTier = $tier;
        {
            use $($module)*::*;
            ($($crate::__private::Twin::<$hidden, __TiergateTier>::NEW,)*)
        }
    }};
}

/// Where no hidden type was found.
pub struct ByGuard;

/// The handler that the hidden type `X` stands beside.
#[diagnostic::on_unimplemented(
    message = "the list names another function than the handler that was annotated under this name",
    label = "not the handler that was annotated",
    note = "list the handler by the module it stands in, `module::handler`",
    note = "a handler that a route macro turned into a struct is found by a catalogue without `handlers(…)`"
)]
pub trait HandlerOf<X, Form, Parameters> {
    /// Those of `X`, by way of the handler: errors then stand where it is listed.
    type Tier;
    type Form;
}

impl<F, X: Annotated> HandlerOf<X, TakesNoGuard, ()> for F {
    type Tier = X::Tier;
    type Form = X::Form;
}

// These two are errors of their own.
impl<F, X: Annotated> HandlerOf<X, HasImplTrait, ()> for F {
    type Tier = X::Tier;
    type Form = X::Form;
}

impl<F, X: Annotated> HandlerOf<X, TakesMore, ()> for F {
    type Tier = X::Tier;
    type Form = X::Form;
}

/// A function whose first parameter is a guard.
#[diagnostic::on_unimplemented(
    message = "this is not a handler that a catalogue can list",
    label = "not annotated with `#[requires_tier(…)]`",
    note = "annotate the function: `#[requires_tier(Plus, get = \"/path\")]`",
    note = "an open handler (`public = \"…\"`) is listed by the module it stands in, `module::handler`, and not by an import",
    note = "a handler that a route macro turned into a struct is found by a catalogue without `handlers(…)`"
)]
pub trait GatedHandler<Parameters> {
    type Endpoint: Gated;
}

macro_rules! gated_handlers {
    ($count:literal $($parameter:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<F, X, R, $($parameter),*> HandlerOf<X, Takes<$count>, ($($parameter,)*)> for F
        where
            X: Gated,
            F: Fn(Guard<X>, $($parameter),*) -> R,
        {
            type Tier = <X as Gated>::Tier;
            type Form = <X as Gated>::Form;
        }

        impl<F, E, R, $($parameter),*> GatedHandler<(Guard<E>, $($parameter,)*)> for F
        where
            E: Gated,
            F: Fn(Guard<E>, $($parameter),*) -> R,
        {
            type Endpoint = E;
        }
    };
}

// As many parameters as axum's handlers have.
gated_handlers!(0);
gated_handlers!(1 A1);
gated_handlers!(2 A1 A2);
gated_handlers!(3 A1 A2 A3);
gated_handlers!(4 A1 A2 A3 A4);
gated_handlers!(5 A1 A2 A3 A4 A5);
gated_handlers!(6 A1 A2 A3 A4 A5 A6);
gated_handlers!(7 A1 A2 A3 A4 A5 A6 A7);
gated_handlers!(8 A1 A2 A3 A4 A5 A6 A7 A8);
gated_handlers!(9 A1 A2 A3 A4 A5 A6 A7 A8 A9);
gated_handlers!(10 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
gated_handlers!(11 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
gated_handlers!(12 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
gated_handlers!(13 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
gated_handlers!(14 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
gated_handlers!(15 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
gated_handlers!(16 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);

/// True of one tier enum and itself.
#[diagnostic::on_unimplemented(
    message = "this handler requires a tier of `{Self}`, and the catalogue is of the tiers of `{T}`",
    label = "gated by another tier enum",
    note = "a catalogue is of one tier enum; list this handler in a catalogue with `tier = {Self}`"
)]
pub trait SameTier<T> {}

impl<T> SameTier<T> for T {}

#[diagnostic::do_not_recommend]
impl<T: Tier> SameTier<T> for AnyTier {}

/// What a listed handler's arguments must be.
#[diagnostic::on_unimplemented(
    message = "a handler with an `impl Trait` argument, or with more than 16 of them, cannot be listed",
    label = "takes an `impl Trait`, or too many arguments",
    note = "write an `impl Trait` as a named generic and list the handler with its type, `handler::<Type>`, as the compiler cannot know which one is meant",
    note = "or use a catalogue without `handlers(…)`, which takes every annotated handler from the registry"
)]
pub trait Listable {}

impl<const PARAMETERS: usize> Listable for Takes<PARAMETERS> {}
impl Listable for TakesNoGuard {}

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

/// A module as it is written in a list.
#[derive(Clone, Copy)]
pub struct Module {
    /// Where the list stands.
    pub here: &'static str,
    pub start: Start,
    /// What is written behind that.
    pub path: &'static str,
}

/// Where a path starts.
#[derive(Clone, Copy)]
pub enum Start {
    /// At the root of the crate.
    Crate,
    /// So many modules above the list.
    Above(usize),
    /// At a module that stands there or was imported, or at a crate.
    Anywhere,
}

impl<const N: usize> List<N> {
    /// An empty list with places for `own` handlers in front of the included ones.
    pub const fn new(own: usize) -> Self {
        Self {
            endpoints: [Endpoint(&EMPTY); N],
            next: own,
        }
    }

    /// The places, for the handlers of one module. A variable of its own for each, as the borrow
    /// checker looks at every borrow of a variable for each of its uses.
    pub const fn places(&mut self) -> &mut [Endpoint] {
        &mut self.endpoints
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

impl Module {
    /// Whether it is the one of this path. Of a path that starts anywhere, only its end is known.
    const fn is(self, module: &str) -> bool {
        let start = match self.start {
            Start::Crate => first_segment(self.here),
            Start::Above(count) => parent(self.here, count),
            Start::Anywhere => return ends_with(module, self.path),
        };
        let length = match self.path.len() {
            0 => start.len(),
            length => start.len() + 2 + length,
        };
        module.len() == length
            && ends_with(module, self.path)
            && same_bytes(module.as_bytes().split_at(start.len()).0, start.as_bytes())
    }
}

const fn first_segment(path: &str) -> &str {
    let mut end = 0;
    while end < path.len() && path.as_bytes()[end] != b':' {
        end += 1;
    }
    path.split_at(end).0
}

const fn parent(path: &str, count: usize) -> &str {
    let mut end = path.len();
    let mut left = count;
    while left > 0 && end > 0 {
        end -= 1;
        if path.as_bytes()[end] == b':' {
            // Of two.
            end -= 1;
            left -= 1;
        }
    }
    path.split_at(end).0
}

/// Whether a path ends with these segments.
const fn ends_with(path: &str, segments: &str) -> bool {
    let Some(start) = path.len().checked_sub(segments.len()) else {
        return false;
    };
    let path = path.as_bytes();
    let is_whole = start == 0 || segments.is_empty() || path[start - 1] == b':';
    is_whole && same_bytes(path.split_at(start).1, segments.as_bytes())
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

/// A table under construction, for the handlers of one module: a type without parameters, which the
/// compiler would look at for each of them.
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
    method: None,
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

/// Fails to compile when two endpoints have one route, or one path with parameters of two names.
#[track_caller]
const fn refuse_twins(method: Method, endpoint: Endpoint, other: Endpoint) {
    if let (Some((_, path)), Some((other_method, other_path))) = (endpoint.route(), other.route())
        && same_route(path, other_path)
    {
        if endpoint.line() == other.line()
            && same_text(endpoint.name(), other.name())
            && same_text(endpoint.module(), other.module())
        {
            fail_of_one(endpoint);
        }
        if method as u8 == other_method as u8 {
            fail(SAME_ROUTE, endpoint, other);
        }
        if !same_text(path, other_path) {
            fail(OTHER_NAMES, endpoint, other);
        }
    }
}

/// Fails to compile when the handler has no route, and so no place in a router.
///
/// # Panics
/// In the compiler, where a panic is an error.
#[track_caller]
pub const fn assert_routed(endpoint: Endpoint) {
    if !endpoint.has_route() {
        let mut message = Message::new();
        message.push("`");
        message.push(endpoint.name());
        message.push("` has no route, so `router()` cannot mount it; write one in its attribute: `#[requires_tier(…, get = \"/path\")]`");
        panic!("{}", message.text());
    }
}

#[cold]
#[track_caller]
const fn fail_of_module(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.push("this path is not that of the open handler ");
    message.endpoint(endpoint);
    message
        .push("; list that one by the module it stands in, or annotate the function that is meant");
    panic!("{}", message.text())
}

#[cold]
#[track_caller]
const fn fail_of_one(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.endpoint(endpoint);
    message
        .push(" is listed twice, by itself or by an included catalogue; remove it from one list");
    panic!("{}", message.text())
}

const SAME_ROUTE: [&str; 2] = [
    "two handlers answer the same route: ",
    "; give one of them another method or path, or remove it from the list",
];

const OTHER_NAMES: [&str; 2] = [
    "one path with parameters of two names: ",
    "; call the parameters the same in both",
];

#[cold]
#[track_caller]
const fn fail(words: [&str; 2], endpoint: Endpoint, other: Endpoint) -> ! {
    let mut message = Message::new();
    message.push(words[0]);
    message.endpoint(other);
    message.push(" and ");
    message.endpoint(endpoint);
    message.push(words[1]);
    panic!("{}", message.text())
}

/// A message made while compiling, where there is no `format!`.
struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            length: 0,
        }
    }

    const fn endpoint(&mut self, endpoint: Endpoint) {
        self.push("`");
        self.push(endpoint.module());
        self.push("::");
        self.push(endpoint.name());
        self.push("`");
        if let Some((method, path)) = endpoint.route() {
            self.push(" (");
            self.push(method.as_str());
            self.push(" ");
            self.push(path);
            self.push(")");
        }
    }

    /// What does not fit is left out, from the start of a text on, so that no character is cut.
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let mut index = 0;
        while index < text.len() {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
    }

    const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// Whether two templates differ in the names of their parameters at the most.
const fn same_route(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left.len() && at_right < right.len() {
        if left[at_left] != right[at_right] {
            return false;
        }
        if left[at_left] == b'{' && (left[at_left + 1] == b'*') != (right[at_right + 1] == b'*') {
            return false;
        }
        at_left = after(left, at_left);
        at_right = after(right, at_right);
    }
    at_left == left.len() && at_right == right.len()
}

/// Where the next character stands that counts: a `{` stands for its whole parameter.
const fn after(template: &[u8], mut index: usize) -> usize {
    if template[index] == b'{' {
        while template[index] != b'}' {
            index += 1;
        }
    }
    index + 1
}

const fn same_text(left: &str, right: &str) -> bool {
    same_bytes(left.as_bytes(), right.as_bytes())
}

const fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Module, Start, same_route};

    #[test]
    fn a_module_is_told_by_its_path() {
        use Start::{Above, Anywhere, Crate};
        let here = "app::api::v1";
        for (start, path, module, is) in [
            (Crate, "", "app", true),
            (Crate, "health", "app::health", true),
            (Crate, "health", "app::api::health", false),
            (Crate, "health", "apps::health", false),
            (Above(0), "", here, true),
            (Above(0), "", "app::api", false),
            (Above(0), "units", "app::api::v1::units", true),
            (Above(0), "units", "app::api::v2::units", false),
            (Above(1), "", "app::api", true),
            (Above(1), "v2", "app::api::v2", true),
            (Above(1), "v2", "app::v2", false),
            (Above(2), "", "app", true),
            (Above(2), "x::y", "app::x::y", true),
            (Above(9), "", "app", false),
            (Anywhere, "units", "app::api::v1::units", true),
            (Anywhere, "units", "other::units", true),
            (Anywhere, "units", "units", true),
            (Anywhere, "units", "app::my_units", false),
            (Anywhere, "api::units", "units", false),
            (Anywhere, "api::units", "app::api::units", true),
            (Anywhere, "größe", "app::größe", true),
        ] {
            let listed = Module { here, start, path };
            assert_eq!(listed.is(module), is, "{path:?} and {module:?}");
        }
    }

    #[test]
    fn names_of_parameters_do_not_tell_routes_apart() {
        for (left, right, same) in [
            ("/a/{x}", "/a/{yy}", true),
            ("/a/{x}/b", "/a/{y}/b", true),
            ("/a/{*x}", "/a/{*y}", true),
            ("/a/{x}", "/a/{*x}", false),
            ("/a/{x}", "/a/b", false),
            ("/a/{x}", "/a/{x}/", false),
        ] {
            assert_eq!(same_route(left, right), same, "{left} {right}");
        }
    }
}
