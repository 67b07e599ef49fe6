//! The record of an endpoint, and the link section that collects the records of a program.
// Public for generated code only.
#![allow(missing_docs)]

use std::any::TypeId;

// `section!` replaces `__SECTION__` with a text that no other copy of this crate in the program has:
// it contains a hash of everything between these braces, of this file's path and of the crate's
// version. Every type of which a record consists is therefore defined here.
tiergate_macros::__section! {

/// What the registry knows about a handler.
///
/// The record is small because every handler has one. In a position-independent program each
/// reference takes 24 bytes in addition to its own, so one text contains all of a record's texts.
#[derive(Clone, Copy)]
#[doc(hidden)]
#[repr(C)]
pub struct Record {
    /// Name, path, summary, reason, module, a line break, file.
    pub text: &'static str,
    /// The tier enum; `None` if everybody may call.
    pub tiers: Option<&'static Tiers>,
    /// The line of the handler's name.
    pub line: u32,
    /// The rank of the required tier. If everybody may call: the length of the reason.
    pub required: u32,
    /// The lengths of the first three texts. The highest bit of `path` marks a route with a
    /// constraint, and that of `summary` a deprecated handler.
    pub name: u16,
    pub path: u16,
    pub summary: u16,
    /// The number of the method: see `Method::number`.
    pub method: u8,
}

/// What an endpoint needs to know about its tier enum.
#[doc(hidden)]
#[repr(C)]
pub struct Tiers {
    pub(crate) names: &'static [&'static str],
    pub(crate) ranks: &'static [u32],
    /// A function, because older supported compilers can't make a `TypeId` in a constant.
    pub(crate) of: fn() -> TypeId,
}

#[cfg(not(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry)))]
#[allow(unsafe_code)]
mod records {
    use super::Record;
    use std::slice;

    // The linker defines these two symbols for a section whose name is an identifier of C.
    unsafe extern "Rust" {
        #[link_name = "__start_tiergate__SECTION__"]
        static START: [Record; 0];
        #[link_name = "__stop_tiergate__SECTION__"]
        static STOP: [Record; 0];
    }

    // Without any record there would be no section and no symbols. The static is `mut`, although
    // nothing writes to it, because records contain references, which the loader relocates.
    #[used]
    #[unsafe(link_section = "tiergate__SECTION__")]
    static mut NONE: [Record; 0] = [];

    pub(crate) fn all() -> &'static [Record] {
        let start = (&raw const START).cast::<Record>();
        let stop = (&raw const STOP).cast::<Record>();
        let count = (stop.addr() - start.addr()) / size_of::<Record>();
        // SAFETY: The section contains `NONE`, which has no bytes, and the statics of `__gated!` and
        // `__registered!` below, which are all of the type `Record`. No other copy of this crate adds
        // to the section: a copy with another definition of `Record` or of a type in it, a copy in
        // another place, and a copy of another version all use another name. Only a copy with the
        // same definition could share the name, and its records have the same layout: every type is
        // `repr(C)`, `repr(u8)` or a primitive. The size of `Record` is a multiple of its alignment,
        // so the linker puts the statics side by side without gaps, the first one aligned. The
        // compiler initialises them, the program never writes to them, and they live as long as it
        // does. `START` has the address of the first; without any, the slice is empty.
        unsafe { slice::from_raw_parts(start, count) }
    }
}

#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
if_linked! {
{
/// The same through `linkme`, which knows the linkers of other systems. It derives the name of the
/// section from the name of the static.
pub mod records {
    use super::Record;
    pub use linkme;
    pub use crate::endpoint::record::records::RECORDS__SECTION__ as RECORDS;

    #[linkme::distributed_slice]
    pub static RECORDS__SECTION__: [Record];

    pub(crate) fn all() -> &'static [Record] {
        &RECORDS
    }
}
} else {
/// No records: without link sections, nothing can collect them.
pub mod records {
    use super::Record;

    pub(crate) fn all() -> &'static [Record] {
        &[]
    }
}
}
}

/// A static in the section of the registry.
///
/// `linkme` has an attribute for this. On Linux tiergate names the section itself, because a second
/// procedural macro for each handler takes as long to compile as the rest of it.
#[cfg(not(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __registered {
    ($($record:tt)*) => {
        #[used]
        #[unsafe(link_section = "tiergate__SECTION__")]
        $($record)*
    };
}

#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
if_linked! {
{
#[doc(hidden)]
#[macro_export]
macro_rules! __registered {
    ($($record:tt)*) => {
        #[$crate::__private::records::linkme::distributed_slice($crate::__private::records::RECORDS)]
        #[linkme(crate = $crate::__private::records::linkme)]
        $($record)*
    };
}
} else {
#[doc(hidden)]
#[macro_export]
macro_rules! __registered {
    ($($record:tt)*) => {
        $($record)*
    };
}
}
}

/// The hidden type of a gated handler, and its record.
///
/// The tier enum is named once, by an alias, so a wrong name is one error. The alias is declared where
/// the user named the tier and not inside of the `impl`, where the compiler would suggest `Self`. It
/// is declared next to the handler, because a `const _` around all of this would be another body to
/// compile.
///
/// This macro repeats the contents of `__record!`: when little of a crate has changed, macro
/// expansions are most of what a handler costs to compile.
#[cfg(not(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __gated {
    (
        [$($cfgs:tt)*] [$($visibility:tt)*] $hidden:ident
        $alias:ident [$($enum:tt)*] [$($tier:tt)*] $variant:ident [$($form:tt)*]
        $method:ident $name:literal $path:literal $summary:literal $text:literal $line:expr, $file:expr
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
            const RECORD: $crate::Endpoint = {
                #[used]
                #[unsafe(link_section = "tiergate__SECTION__")]
                static RECORD: $crate::__private::Record = $crate::__private::Record {
                    text: ::core::concat!($text, ::core::module_path!(), "\n", $file),
                    tiers: ::core::option::Option::Some($crate::__private::Tiers::of::<$hidden>()),
                    line: $line,
                    required: $alias::$variant as $alias as ::core::primitive::u32,
                    name: $name,
                    path: $path,
                    summary: $summary,
                    method: $crate::__private::methods::$method,
                };
                $crate::Endpoint(&RECORD)
            };
        }
    };
}

}

pub(crate) use self::records::all;

impl Tiers {
    /// The name of a rank; empty if there is no such rank, because the enum then has its own error.
    pub(crate) const fn name(&self, rank: u32) -> &'static str {
        let mut index = 0;
        while index < self.ranks.len() {
            if self.ranks[index] == rank {
                return self.names[index];
            }
            index += 1;
        }
        ""
    }

    /// Whether these are the tiers of this enum.
    pub(crate) fn are_of<T: 'static>(&self) -> bool {
        (self.of)() == TypeId::of::<T>()
    }
}
