//! The record of an endpoint, and the link section that collects the records of a program.
// Public for generated code only.
#![allow(missing_docs)]

use std::any::TypeId;

// `section!` replaces `__SECTION__` with a text that no other copy of this crate in the program uses.
// The text contains a hash of the items between these braces, of this file's path and of the crate's
// version. All types inside a record must therefore be defined here.
tiergate_macros::__section! {

/// The registry's entry for a handler.
///
/// A record is small because every handler has one. In a position-independent program, each reference
/// also needs a relocation of 24 bytes, so a single text contains all the texts of a record.
#[derive(Clone, Copy)]
#[doc(hidden)]
#[repr(C)]
pub struct Record {
    /// The name, path, summary, reason, module, a line break and the file, in this order.
    pub text: &'static str,
    /// The tier enum, or `None` for a public handler.
    pub tiers: Option<&'static Tiers>,
    /// The line of the handler's name.
    pub line: u32,
    /// The rank of the required tier. For a public handler, the length of the reason.
    pub required: u32,
    /// The lengths of the first three texts. The highest bit of `path` marks a route with a constraint.
    /// The highest bit of `summary` marks a deprecated handler.
    pub name: u16,
    pub path: u16,
    pub summary: u16,
    /// The number of the method, from `Method::number`.
    pub method: u8,
}

/// The tier enum of an endpoint.
#[doc(hidden)]
#[repr(C)]
pub struct Tiers {
    pub(crate) names: &'static [&'static str],
    pub(crate) ranks: &'static [u32],
    /// A function, because older supported compilers can't compute a `TypeId` in a constant.
    pub(crate) of: fn() -> TypeId,
}

#[cfg(not(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry)))]
#[allow(unsafe_code)]
mod records {
    use super::Record;
    use std::slice;

    // The linker defines these two symbols for every section whose name is a C identifier.
    unsafe extern "Rust" {
        #[link_name = "__start_tiergate__SECTION__"]
        static START: [Record; 0];
        #[link_name = "__stop_tiergate__SECTION__"]
        static STOP: [Record; 0];
    }

    // Ensures that the section and its symbols exist in a program without records. Nothing writes to this
    // static. It is `mut` because the section must be writable: the loader relocates the references in
    // records.
    #[used]
    #[unsafe(link_section = "tiergate__SECTION__")]
    static mut NONE: [Record; 0] = [];

    pub(crate) fn all() -> &'static [Record] {
        let start = (&raw const START).cast::<Record>();
        let stop = (&raw const STOP).cast::<Record>();
        let count = (stop.addr() - start.addr()) / size_of::<Record>();
        // SAFETY: The section contains `NONE`, which has no bytes, and the statics of `__gated!` and
        // `__registered!` below, which all have the type `Record`. Other copies of this crate use a
        // different section name if they have another version, another path, or another definition of
        // `Record` or of a type inside it. Only a copy with the same definitions could share the name,
        // and its records have the same layout, because every type is `repr(C)`, `repr(u8)` or a
        // primitive. The size of `Record` is a multiple of its alignment, so the linker places the
        // statics next to each other without gaps, and aligns the first. The compiler initialises them,
        // the program never writes to them, and they live until the program ends. `START` has the
        // address of the first record. Without records the slice is empty.
        unsafe { slice::from_raw_parts(start, count) }
    }
}

#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
if_linked! {
{
/// Collects the records with `linkme`, which supports the linkers of other systems. `linkme` derives the
/// section's name from the name of the static.
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
/// Returns no records, because a target without link sections can't collect them.
pub mod records {
    use super::Record;

    pub(crate) fn all() -> &'static [Record] {
        &[]
    }
}
}
}

/// Puts a static into the section of the registry.
///
/// `linkme` has an attribute for this. On Linux, tiergate names the section itself, because a second
/// procedural macro would double the time that a handler takes to compile.
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

/// Expands to the hidden type of a gated handler and its record.
///
/// Only an alias names the tier enum, so a wrong name causes one error. The alias is outside the `impl`,
/// because inside it the compiler would suggest `Self`. It is next to the handler, because a `const _`
/// around these items would be another body to compile.
///
/// This macro repeats the contents of `__record!` to save an expansion. In an incremental build, macro
/// expansions take most of the time that a handler needs to compile.
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
            // `type Of = …;`, with the span of the user's tier, so errors point at the tier.
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

/// Adds a record to the registry, and evaluates to its [`Endpoint`](crate::Endpoint).
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    (
        [$($tiers:tt)*] [$($required:tt)*] $method:ident
        $name:literal $path:literal $summary:literal $text:literal $line:expr, $file:expr
    ) => {{
        $crate::__registered! {
            static RECORD: $crate::__private::Record = $crate::__private::Record {
                text: ::core::concat!($text, ::core::module_path!(), "\n", $file),
                tiers: $($tiers)*,
                line: $line,
                required: $($required)*,
                name: $name,
                path: $path,
                summary: $summary,
                method: $crate::__private::methods::$method,
            };
        }
        $crate::Endpoint(&RECORD)
    }};
}

/// The bit of [`Record::path`] that marks a route with a constraint.
pub(super) const CONSTRAINED: u16 = 0x8000;

/// The bit of [`Record::summary`] that marks a deprecated handler.
pub(super) const DEPRECATED: u16 = 0x8000;

impl Record {
    /// Whether both records belong to the same handler. The name and the location aren't enough, because
    /// a macro can generate several handlers on one line. Route and requirement must be equal too.
    pub(super) fn is_of_same_handler(&self, other: &Self) -> bool {
        let Self {
            text,
            tiers,
            line,
            required,
            name,
            path,
            summary,
            method,
        } = self;
        *text == other.text
            && tiers.is_some() == other.tiers.is_some()
            && *line == other.line
            && *required == other.required
            && (*name, *path, *summary) == (other.name, other.path, other.summary)
            && *method == other.method
    }

    /// Returns a part of the text.
    pub(super) const fn part(&self, from: usize, to: usize) -> &'static str {
        self.text.split_at(to).0.split_at(from).1
    }

    pub(super) const fn name_end(&self) -> usize {
        self.name as usize
    }

    pub(super) const fn path_end(&self) -> usize {
        self.name_end() + (self.path & !CONSTRAINED) as usize
    }

    pub(super) const fn summary_end(&self) -> usize {
        self.path_end() + (self.summary & !DEPRECATED) as usize
    }

    pub(super) const fn reason_end(&self) -> usize {
        match self.tiers {
            Some(_) => self.summary_end(),
            None => self.summary_end() + self.required as usize,
        }
    }

    /// Returns the end of the module's path, which is the position of the line break before the file.
    pub(super) const fn module_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = self.reason_end();
        while end < bytes.len() && bytes[end] != b'\n' {
            end += 1;
        }
        end
    }
}

impl Tiers {
    /// Returns the name of the tier with this rank. The name is empty for an unknown rank, which the
    /// compiler reports elsewhere.
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

    /// Whether these are the tiers of the enum `T`.
    pub(crate) fn are_of<T: 'static>(&self) -> bool {
        (self.of)() == TypeId::of::<T>()
    }
}
