//! The table of a listed catalogue, built by the compiler: where two handlers answer one route,
//! the program does not compile.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::{Access, Source};
use crate::route::Method;
use crate::{Endpoint, Gated, Guard, Tier};
use std::marker::PhantomData;

/// Says where the record of a listed handler comes from, in a catalogue of the tiers `T`.
pub struct Twin<X, T>(PhantomData<(X, T)>);

impl<X, T> Twin<X, T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T> Twin<ByGuard, T> {
    /// The record that the handler's guard leads to.
    pub const fn record<F, Parameters>(self, _: &F) -> &'static Endpoint
    where
        F: GatedHandler<Parameters>,
        <F::Endpoint as Gated>::Tier: SameTier<T>,
        <F::Endpoint as Gated>::Form: Listable,
    {
        <F::Endpoint as Gated>::ENDPOINT
    }
}

impl<X: Open, T> Twin<X, T> {
    /// The record that stands beside the handler.
    pub const fn record<F>(self, _: &F) -> &'static Endpoint {
        X::ENDPOINT
    }
}

/// From the guard in the handler's signature.
pub struct ByGuard;

/// Implemented by the hidden type that stands beside an open handler.
pub trait Open {
    const ENDPOINT: &'static Endpoint;
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
    ($($parameter:ident)*) => {
        impl<F, E, R, $($parameter),*> GatedHandler<(Guard<E>, $($parameter,)*)> for F
        where
            E: Gated,
            F: Fn(Guard<E>, $($parameter),*) -> R,
        {
            type Endpoint = E;
        }
    };
}

macro_rules! all_gated_handlers {
    () => { gated_handlers!(); };
    ($first:ident $($rest:ident)*) => {
        gated_handlers!($first $($rest)*);
        all_gated_handlers!($($rest)*);
    };
}

// As many parameters as axum's handlers have.
all_gated_handlers!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);

/// True of one tier enum and itself.
#[diagnostic::on_unimplemented(
    message = "this handler requires a tier of `{Self}`, and the catalogue is of the tiers of `{T}`",
    label = "gated by another tier enum",
    note = "a catalogue is of one tier enum; list this handler in a catalogue with `tier = {Self}`"
)]
pub trait SameTier<T> {}

impl<T> SameTier<T> for T {}

/// What a listed handler's arguments must be.
#[diagnostic::on_unimplemented(
    message = "a handler with an `impl Trait` argument cannot be listed, as the compiler cannot know which type is meant",
    label = "takes an `impl Trait`",
    note = "write the argument as a named generic and list the handler with its type, `handler::<Type>`",
    note = "or use a catalogue without `handlers(…)`, which takes every annotated handler from the registry"
)]
pub trait Listable {}

pub struct Plain;
pub struct HasImplTrait;

impl Listable for Plain {}

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
}

/// The number of slots of a hash table for `count` routes.
pub const fn slots(count: usize) -> usize {
    2 * count + 1
}

/// A table of `N` endpoints under construction.
pub struct Table<const N: usize, const SLOTS: usize> {
    endpoints: [Endpoint; N],
    /// Behind the catalogue's own handlers come the included ones.
    next: usize,
    /// A hash table by route: one more than an index, and 0 for a free slot.
    routes: [usize; SLOTS],
}

const EMPTY: Endpoint = Endpoint::new(
    "",
    None,
    Access::Public { reason: "" },
    Source {
        module: "",
        file: "",
        line: 0,
    },
    "",
);

impl<const N: usize, const SLOTS: usize> Table<N, SLOTS> {
    /// An empty table with places for `own` handlers in front of the included ones.
    pub const fn new(own: usize) -> Self {
        Self {
            endpoints: [EMPTY; N],
            next: own,
            routes: [0; SLOTS],
        }
    }

    /// Puts a listed handler in its place.
    #[track_caller]
    pub const fn put(&mut self, index: usize, endpoint: &'static Endpoint) {
        self.insert(index, endpoint);
    }

    /// Appends the endpoints of another catalogue.
    #[track_caller]
    pub const fn include(&mut self, others: &'static [Endpoint]) {
        let mut index = 0;
        while index < others.len() {
            let at = self.next;
            self.insert(at, &others[index]);
            self.next += 1;
            index += 1;
        }
    }

    #[track_caller]
    const fn insert(&mut self, index: usize, endpoint: &'static Endpoint) {
        if let Some((method, path)) = endpoint.route() {
            let mut slot = hash(path) as usize % SLOTS;
            while self.routes[slot] != 0 {
                let other = &self.endpoints[self.routes[slot] - 1];
                if let Some((other_method, other_path)) = other.route()
                    && same_route(path, other_path)
                {
                    if method as u8 == other_method as u8 {
                        fail(SAME_ROUTE, endpoint, other);
                    }
                    if !same_text(path, other_path) {
                        fail(OTHER_NAMES, endpoint, other);
                    }
                }
                slot = (slot + 1) % SLOTS;
            }
            self.routes[slot] = index + 1;
        }
        self.endpoints[index] = *endpoint;
    }

    pub const fn finish(self) -> [Endpoint; N] {
        self.endpoints
    }
}

/// Fails to compile when the handler has no route, and so no place in a router.
///
/// # Panics
/// In the compiler, where a panic is an error.
#[track_caller]
pub const fn assert_routed(endpoint: &Endpoint) {
    if endpoint.path().is_none() {
        let mut message = Message::new();
        message.push("`");
        message.push(endpoint.name());
        message.push("` has no route, so `router()` cannot mount it; write one in its attribute: `#[requires_tier(…, get = \"/path\")]`");
        panic!("{}", message.text());
    }
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
const fn fail(words: [&str; 2], endpoint: &Endpoint, other: &Endpoint) -> ! {
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

    const fn endpoint(&mut self, endpoint: &Endpoint) {
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

/// FNV-1a over a template without the names of its parameters.
const fn hash(template: &str) -> u32 {
    let bytes = template.as_bytes();
    let mut hash: u32 = 0x811c_9dc5;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index = after(bytes, index);
    }
    hash
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
    let (left, right) = (left.as_bytes(), right.as_bytes());
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

/// The part of a record that says which tier is required. `rank` is that of `E::REQUIRED`.
pub const fn required<E: Gated>(rank: u32) -> Access {
    let ranks = <E::Tier as Tier>::RANKS;
    let mut index = 0;
    // Ranks are missing only where the enum has an error of its own.
    while index < ranks.len() && ranks[index] != rank {
        index += 1;
    }
    Access::Tier {
        name: if index < ranks.len() {
            <E::Tier as Tier>::NAMES[index]
        } else {
            ""
        },
        rank,
        of: std::any::TypeId::of::<E::Tier>,
    }
}

/// The part of a record that says why everybody may call.
pub const fn open(reason: &'static str) -> Access {
    Access::Public { reason }
}

/// The record of an annotated handler.
pub const fn endpoint(
    name: &'static str,
    route: Option<(Method, &'static str)>,
    access: Access,
    source: Source,
    summary: &'static str,
) -> Endpoint {
    Endpoint::new(name, route, access, source, summary)
}

#[cfg(test)]
mod tests {
    use super::{hash, same_route};

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
            assert!(!same || hash(left) == hash(right), "{left} {right}");
        }
    }
}
