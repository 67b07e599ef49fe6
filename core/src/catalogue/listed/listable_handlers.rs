//! Finds the endpoint record of each listed handler, and checks that the handler can be listed.
// Public for generated code only.
#![allow(missing_docs)]

use crate::access::guard::Guard;
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use crate::endpoint::generated_items::Annotated;
use crate::endpoint::handler_forms::{AnyTier, HasImplTrait, Takes, TakesMore, TakesNoGuard};
use crate::tier::Tier;
use std::marker::PhantomData;

/// Finds the endpoint record of a handler that is listed in a catalogue with the tier enum `T`. There are
/// two ways to find the record: through the hidden type `X` that `#[requires_tier]` generates alongside
/// the handler, or through the guard in the handler's signature.
///
/// The hidden type is looked up by name in the module that the list names. The hidden type states how
/// many parameters the handler has. To verify that the hidden type belongs to the handler, the compiler
/// therefore tries only the implementation for this number of parameters. A lookup through the guard is
/// much slower, because the compiler tries the implementations for all numbers of parameters. Only
/// handlers that were imported under another name need a lookup through the guard.
pub struct Twin<X, T>(PhantomData<(X, T)>);

impl<X, T> Twin<X, T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<X: Annotated, T> Twin<X, T> {
    /// Returns the endpoint record that the handler's hidden type contains.
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
    /// Returns the endpoint record that the handler's guard identifies.
    pub const fn record<F, Parameters>(self, _: &F) -> Endpoint
    where
        F: GatedHandler<Parameters>,
        <F::Endpoint as Gated>::Tier: SameTier<T>,
        <F::Endpoint as Gated>::Form: Listable,
    {
        <F::Endpoint as Gated>::ENDPOINT
    }
}

/// Expands to a tuple with one `Twin` for each listed handler of a module, in the order of `$hidden`.
/// `$hidden` contains the names of the handlers' hidden types. If the module has no hidden type for a
/// handler, the name of the hidden type refers to a type alias in the outer block.
///
/// The application's tier enum also gets an alias in the outer block. Without this alias, a type in the
/// module could shadow the tier enum if both have the same name.
#[doc(hidden)]
#[macro_export]
macro_rules! __twins {
    // This rule is for a module that contains another module with the same name. In this case, the glob
    // import below needs an alias for the outer of the two modules.
    ([as $($module:tt)*] $($handlers:tt)*) => {{
        use $($module)* as __tiergate_module;
        $crate::__twins!([__tiergate_module] $($handlers)*)
    }};
    //
    // `$hidden` is a `tt` because a `tt` keeps its span. Without this span, listing the handlers of a
    // deprecated module would cause a warning.
    ([$($module:tt)*] [$tier:ty] $($alias:ident $otherwise:ident)*; $($hidden:tt)*) => {{
        $(type $alias = $crate::__private::$otherwise;)*
        type __TiergateTier = $tier;
        {
            use $($module)*::*;
            ($($crate::__private::Twin::<$hidden, __TiergateTier>::NEW,)*)
        }
    }};
}

/// The placeholder for a hidden type that the module doesn't contain. The placeholder makes `Twin` find
/// the endpoint record through the handler's guard.
pub struct ByGuard;

/// Implemented by the handler for which the hidden type `X` was generated.
#[diagnostic::on_unimplemented(
    message = "the list names a function that is not the annotated handler of this name",
    label = "not the annotated handler",
    note = "list the handler by the path of the module that defines it: `module::handler`",
    note = "if a route macro turned the handler into a struct, use a catalogue without `handlers(…)`"
)]
pub trait HandlerOf<X, Form, Parameters> {
    /// The tier enum of `X`. Trait bounds refer to this type and to `Form` as associated types of the
    /// handler. Compile errors therefore point to the handler in the list.
    type Tier;
    type Form;
}

impl<F, X: Annotated> HandlerOf<X, TakesNoGuard, ()> for F {
    type Tier = X::Tier;
    type Form = X::Form;
}

// Handlers with one of the next two forms can't be listed. `Listable` rejects them with a separate error
// message.
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
    note = "list a public handler (`public = \"…\"`) by the path of the module that defines it, `module::handler`, and not by an import",
    note = "a public handler inside a function body cannot be listed; move it into a module",
    note = "list an event in `events(…)`",
    note = "if a route macro turned the handler into a struct, use a catalogue without `handlers(…)`"
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

// The maximum is 16 parameters, the same as for axum's handlers.
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

/// Implemented by each tier enum with itself as `T`, and by `AnyTier` with any tier enum as `T`.
#[diagnostic::on_unimplemented(
    message = "this handler requires a tier of `{Self}`, but the tier enum of the catalogue is `{T}`",
    label = "requires a tier of another enum",
    note = "a catalogue has one tier enum; list this handler in a catalogue with `tier = {Self}`"
)]
pub trait SameTier<T> {}

impl<T> SameTier<T> for T {}

#[diagnostic::do_not_recommend]
impl<T: Tier> SameTier<T> for AnyTier {}

/// Implemented by the forms that a listed handler may have.
#[diagnostic::on_unimplemented(
    message = "a handler with an `impl Trait` argument, or with more than 16 arguments, cannot be listed",
    label = "takes an `impl Trait` or too many arguments",
    note = "replace `impl Trait` with a named type parameter, and list the handler with its type: `handler::<Type>`",
    note = "or use a catalogue without `handlers(…)`, which contains every annotated handler"
)]
pub trait Listable {}

impl<const PARAMETERS: usize> Listable for Takes<PARAMETERS> {}
impl Listable for TakesNoGuard {}
