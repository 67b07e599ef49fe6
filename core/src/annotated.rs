//! What stands beside an annotated handler: a hidden type, and its record.
//!
//! The attribute writes the handler and one of these two macros. They are cheaper than what they
//! stand for: the compiler is optimised, and a procedural macro, in most builds, is not.
// Public for generated code only.
#![allow(missing_docs)]

use crate::{Endpoint, Gated};

/// Implemented by every hidden type that stands beside an annotated handler.
pub trait Annotated {
    /// The tier enum; [`AnyTier`] if the handler is open.
    type Tier;
    /// How the handler takes its arguments.
    type Form;
    const ENDPOINT: Endpoint;
}

impl<X: Gated> Annotated for X {
    type Tier = X::Tier;
    type Form = X::Form;
    const ENDPOINT: Endpoint = X::ENDPOINT;
}

/// In place of the tier enum of an open handler, which is of none.
pub struct AnyTier;

/// A gated handler with this many parameters behind its guard.
pub struct Takes<const PARAMETERS: usize>;

/// A gated handler of whose parameters one is an `impl Trait`.
pub struct HasImplTrait;

/// An open handler, which has no guard.
pub struct TakesNoGuard;

/// The hidden type of a gated handler, and its record.
#[doc(hidden)]
#[macro_export]
macro_rules! __gated {
    (
        [$(#[$($cfg:tt)*])*] [$($visibility:tt)*] $hidden:ident;
        [$($alias:tt)*] [$($tier:tt)*] $variant:ident, [$($form:tt)*];
        [$($method:tt)*] $line:expr;
        $name:literal $path:literal $summary:literal;
        [$($text:tt)*]
    ) => {
        $(#[$($cfg)*])*
        #[doc(hidden)]
        $($visibility)* enum $hidden {}
        $(#[$($cfg)*])*
        const _: () = {
            // `type Required = …;`: the enum is named once, so that a wrong name is one error, and
            // both declarations stand where the user named it.
            $($alias)*
            impl $crate::Gated for $hidden {
                $($tier)*
                type Form = $crate::__private::$($form)*;
                const REQUIRED: Required = Required::$variant;
                const ENDPOINT: $crate::Endpoint = $crate::Endpoint::new(&RECORD);
            }
            $crate::__record! {
                text: ::core::concat!($($text)*),
                tiers: ::core::option::Option::Some(
                    $crate::__private::Tiers::of::<$hidden>()
                ),
                line: $line,
                required: Required::$variant as ::core::primitive::u32,
                name: $name,
                path: $path,
                summary: $summary,
                method: $crate::__method!($($method)*),
            }
        };
    };
}

/// The hidden type of an open handler, and its record.
#[doc(hidden)]
#[macro_export]
macro_rules! __open {
    (
        [$(#[$($cfg:tt)*])*] [$($visibility:tt)*] $hidden:ident;
        $reason:literal;
        [$($method:tt)*] $line:expr;
        $name:literal $path:literal $summary:literal;
        [$($text:tt)*]
    ) => {
        $(#[$($cfg)*])*
        #[doc(hidden)]
        $($visibility)* enum $hidden {}
        $(#[$($cfg)*])*
        const _: () = {
            impl $crate::__private::Annotated for $hidden {
                type Tier = $crate::__private::AnyTier;
                type Form = $crate::__private::TakesNoGuard;
                const ENDPOINT: $crate::Endpoint = $crate::Endpoint::new(&RECORD);
            }
            $crate::__record! {
                text: ::core::concat!($($text)*),
                tiers: ::core::option::Option::None,
                line: $line,
                required: $reason,
                name: $name,
                path: $path,
                summary: $summary,
                method: $crate::__method!($($method)*),
            }
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __method {
    () => {
        ::core::option::Option::None
    };
    ($method:ident) => {
        ::core::option::Option::Some($crate::__private::Method::$method)
    };
}
