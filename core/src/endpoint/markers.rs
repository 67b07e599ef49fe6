//! The items next to an annotated handler: a hidden type, and its record.
//!
//! The attribute generates the handler and a call of `__gated!` or `__open!`, which expands to these
//! items. The compiler expands such a macro faster than a procedural macro can generate the same code,
//! because most builds don't optimise procedural macros.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::gated::Handler;

/// Implemented by the hidden type of every annotated handler.
pub trait Annotated {
    /// The tier enum, or [`AnyTier`] for a public handler.
    type Tier;
    /// The form of the handler's parameters.
    type Form;
    const ENDPOINT: Endpoint;
}

// Requires `Handler` and not `Gated`, because this saves the compiler a step.
impl<X: Handler> Annotated for X {
    type Tier = X::Of;
    type Form = X::Parameters;
    const ENDPOINT: Endpoint = X::RECORD;
}

/// The placeholder tier type of public handlers, which have no tier.
pub struct AnyTier;

/// The form of a gated handler with this many parameters after its guard.
pub struct Takes<const PARAMETERS: usize>;

/// The form of a gated handler with an `impl Trait` parameter.
pub struct HasImplTrait;

/// The form of a gated handler with more parameters than a list supports.
pub struct TakesMore;

/// The form of a public handler, which has no guard.
pub struct TakesNoGuard;

/// Selects a form by the number that [`forms::kind`] returns.
pub struct Choice<const KIND: u8, const PARAMETERS: usize>;

/// Maps a [`Choice`] to its form.
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

/// Names for the forms. A number in angle brackets would be an extra body for the compiler to check.
pub mod forms {
    use super::{Choice, Form, Takes};
    pub use super::{HasImplTrait, TakesMore};

    /// The form of a handler with a `#[cfg]` on some of its parameters.
    pub type Conditional<const KIND: u8, const PARAMETERS: usize> =
        <Choice<KIND, PARAMETERS> as Form>::Form;

    /// Returns the number of a handler's form, for `Choice`.
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

/// Expands to the hidden type of a gated handler and its record, if the target uses `linkme` or has no
/// registry. On other targets the macro contains the section's name, so `record.rs` defines it.
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
            // `type Of = …;`, with the span of the user's tier, so errors point at the tier.
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

/// Expands to the hidden type of a public handler and its record.
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
