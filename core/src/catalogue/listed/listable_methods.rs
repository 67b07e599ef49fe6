//! Finds the endpoint record of each listed method or associated function, such as `Dispatch::new_call`.
//! A method's guard is its second parameter, after `self`. The guard of an associated function without
//! `self` is its first parameter.
// Public for generated code only.
#![allow(missing_docs)]

use crate::access::guard::Guard;
use crate::catalogue::listed::listable_handlers::{GatedHandler, Listable, SameTier, Twin};
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use std::marker::PhantomData;

/// Selects the implementation of [`Twin`] for methods and associated functions. This implementation finds
/// a function's endpoint record through the guard in the function's signature.
pub struct ByMethod;

impl<T> Twin<ByMethod, T> {
    /// Returns the endpoint record that the function's guard identifies.
    pub const fn record<F, Parameters>(self, _: &F) -> Endpoint
    where
        F: GatedMethod<Parameters>,
        <F::Endpoint as Gated>::Tier: SameTier<T>,
        <F::Endpoint as Gated>::Form: Listable,
    {
        <F::Endpoint as Gated>::ENDPOINT
    }
}

/// A function with a guard as its first parameter, or as its second parameter after `self`.
#[diagnostic::on_unimplemented(
    message = "this is not a handler that a catalogue can list",
    label = "not annotated with `#[requires_tier(…)]`",
    note = "annotate the function with `#[requires_tier(Plus, get = \"/path\")]`, and its `impl` with `#[tiergate::gated]`",
    note = "list a public function of a type (`public = \"…\"`) by the path of the module that contains its `impl`, `module::Type::function`, and not by an import",
    note = "a public function of an `impl` inside a function body cannot be listed; move the `impl` into a module"
)]
pub trait GatedMethod<Parameters> {
    type Endpoint: Gated;
}

/// The guard is the first parameter.
pub struct Associated<Parameters>(PhantomData<Parameters>);

impl<F, Parameters> GatedMethod<Associated<Parameters>> for F
where
    F: GatedHandler<Parameters>,
{
    type Endpoint = F::Endpoint;
}

/// The guard is the second parameter, after `self`.
pub struct Method<Parameters>(PhantomData<Parameters>);

macro_rules! gated_methods {
    ($($parameter:ident)*) => {
        impl<F, S, E, R, $($parameter),*> GatedMethod<Method<(S, Guard<E>, $($parameter,)*)>> for F
        where
            E: Gated,
            F: Fn(S, Guard<E>, $($parameter),*) -> R,
        {
            type Endpoint = E;
        }
    };
}

macro_rules! all_gated_methods {
    () => { gated_methods!(); };
    ($parameter:ident $($fewer_parameters:ident)*) => {
        gated_methods!($parameter $($fewer_parameters)*);
        all_gated_methods!($($fewer_parameters)*);
    };
}

all_gated_methods!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
