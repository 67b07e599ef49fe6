//! What stands beside an annotated handler: a hidden type, and its record.
//!
//! The attribute writes the handler and one of these two macros. They are cheaper than what they
//! stand for: the compiler is optimised, and a procedural macro, in most builds, is not.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::gated::Handler;

/// Implemented by every hidden type that stands beside an annotated handler.
pub trait Annotated {
    /// The tier enum; [`AnyTier`] if the handler is open.
    type Tier;
    /// How the handler takes its arguments.
    type Form;
    const ENDPOINT: Endpoint;
}

// By way of the hidden trait, which is one step less for the compiler than `Gated`.
impl<X: Handler> Annotated for X {
    type Tier = X::Of;
    type Form = X::Parameters;
    const ENDPOINT: Endpoint = X::RECORD;
}

/// In place of the tier enum of an open handler, which is of none.
pub struct AnyTier;

/// A gated handler with this many parameters behind its guard.
pub struct Takes<const PARAMETERS: usize>;

/// A gated handler of whose parameters one is an `impl Trait`.
pub struct HasImplTrait;

/// A gated handler with more parameters than a list can look at.
pub struct TakesMore;

/// An open handler, which has no guard.
pub struct TakesNoGuard;

/// A form by its kind, as [`forms::kind`] numbers them.
pub struct Choice<const KIND: u8, const PARAMETERS: usize>;

/// The form that was chosen.
pub trait Form {
    type Form;
}

impl<const PARAMETERS: usize> Form for Choice<0, PARAMETERS> {
    type Form = Takes<PARAMETERS>;
}

impl<const PARAMETERS: usize> Form for Choice<1, PARAMETERS> {
    type Form = HasImplTrait;
}

impl<const PARAMETERS: usize> Form for Choice<2, PARAMETERS> {
    type Form = TakesMore;
}

/// The forms by names: a number between angle brackets is one more body for the compiler.
pub mod forms {
    use super::{Choice, Form, Takes};
    pub use super::{HasImplTrait, TakesMore};

    /// The form of a handler with parameters that only some builds have.
    pub type Conditional<const KIND: u8, const PARAMETERS: usize> =
        <Choice<KIND, PARAMETERS> as Form>::Form;

    /// The kind of form of a handler.
    pub const fn kind(has_impl_trait: bool, parameters: usize) -> u8 {
        match parameters {
            _ if has_impl_trait => 1,
            0..=16 => 0,
            _ => 2,
        }
    }

    macro_rules! takes {
        ($($name:ident $parameters:literal)+) => {
            $(pub type $name = Takes<$parameters>;)+
        };
    }

    takes! {
        Takes0 0 Takes1 1 Takes2 2 Takes3 3 Takes4 4 Takes5 5 Takes6 6 Takes7 7 Takes8 8 Takes9 9
        Takes10 10 Takes11 11 Takes12 12 Takes13 13 Takes14 14 Takes15 15 Takes16 16
    }
}

/// The hidden type of a gated handler, and its record, through `linkme` or without a
/// registry. Elsewhere the macro names the section, so it is defined together with it.
#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
#[doc(hidden)]
#[macro_export]
macro_rules! __gated {
    (
        [$($cfgs:tt)*] [$($visibility:tt)*] $hidden:ident
        $alias:ident [$($enum:tt)*] [$($tier:tt)*] $variant:ident [$($form:tt)*] $($record:tt)*
    ) => {
        $($cfgs)*
        #[doc(hidden)]
        #[non_exhaustive]
        $($visibility)* enum $hidden {}

        $($cfgs)*
        #[doc(hidden)]
        type $alias = $($enum)*;

        $($cfgs)*
        impl $crate::__private::Handler for $hidden {
            // `type Of = …;`, placed at the user's own name, so errors are reported where the tier was
            // named.
            $($tier)*
            type Parameters = $crate::__private::forms::$($form)*;
            const RECORD: $crate::Endpoint = $crate::__record! {
                [::core::option::Option::Some($crate::__private::Tiers::of::<$hidden>())]
                [$alias::$variant as $alias as ::core::primitive::u32]
                $($record)*
            };
        }
    };
}

/// The hidden type of an open handler, and its record.
#[doc(hidden)]
#[macro_export]
macro_rules! __open {
    (
        [$($cfgs:tt)*] [$($visibility:tt)*] $hidden:ident $reason:literal $($record:tt)*
    ) => {
        $($cfgs)*
        #[doc(hidden)]
        #[non_exhaustive]
        $($visibility)* enum $hidden {}

        $($cfgs)*
        impl $crate::__private::Annotated for $hidden {
            type Tier = $crate::__private::AnyTier;
            type Form = $crate::__private::TakesNoGuard;
            const ENDPOINT: $crate::Endpoint = $crate::__record! {
                [::core::option::Option::None] [$reason] $($record)*
            };
        }
    };
}
