//! The items that are generated next to an annotated handler: a hidden type, and the handler's record.
//!
//! `#[requires_tier(…)]` and `#[requires_feature(…)]` generate the handler, and a call of `__gated!`,
//! `__gated_by_feature!` or `__public!`. This call expands to the hidden type and the record. If the attribute generated these two items directly, the
//! expansion would take longer, because most builds don't optimise procedural macros.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::endpoint::gated::Handler;

/// Implemented by the hidden type of every annotated handler.
pub trait Annotated {
    /// The tier enum, or [`AnyTier`](super::handler_forms::AnyTier) for a public handler.
    type Tier;
    /// The form of the handler's parameters.
    type Form;
    const ENDPOINT: Endpoint;
}

// A bound on `Gated` would also work, but a bound on `Handler` saves the compiler a step.
impl<X: Handler> Annotated for X {
    type Tier = X::Of;
    type Form = X::Parameters;
    const ENDPOINT: Endpoint = X::RECORD;
}

/// Expands to a gated handler's hidden type and record. This definition is for targets that use
/// `linkme` or have no registry. On other targets, the macro must contain the name of the registry's
/// link section, so it is defined in `record.rs`.
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
            // Expands to `type Of = …;` with the span of the user's tier, so errors point to the tier.
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

/// Expands to the hidden type and the record of a handler that requires only an add-on. The record
/// contains the lowest tier of the enum.
#[doc(hidden)]
#[macro_export]
macro_rules! __gated_by_feature {
    (
        [$($cfgs:tt)*] [$($visibility:tt)*] $hidden:ident
        $alias:ident [$($enum:tt)*] [$($tier:tt)*] [$($form:tt)*] $($record:tt)*
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
            // Expands to `type Of = …;` with the span of the user's add-on, so errors point to the
            // add-on.
            $($tier)*
            type Parameters = $crate::__private::forms::$($form)*;
            const RECORD: $crate::Endpoint = $crate::__record! {
                [::core::option::Option::Some($crate::__private::Tiers::of::<$hidden>())]
                [$crate::__private::Tiers::of::<$hidden>().lowest_rank()]
                $($record)*
            };
        }
    };
}

/// Expands to a public handler's hidden type and record.
#[doc(hidden)]
#[macro_export]
macro_rules! __public {
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
