//! Defines the records of endpoints, and the link section that collects a program's records.
// Public for generated code only.
#![allow(missing_docs)]

use crate::route::method::methods;
use std::any::TypeId;

// The macro replaces `__SECTION__` with a text that no other copy of this crate in the program uses.
// The text contains a hash of the items between these braces, of this file's path, and of the crate's
// version. Two copies that define records differently must have different hashes. Every type that a
// record contains must therefore be defined between these braces.
tiergate_macros::__section! {

/// The registry's entry for a handler.
///
/// Every handler has a record, so records must be small. In a position-independent program, each
/// reference in a record also needs a relocation of 24 bytes. To save relocations, a record joins all
/// of its texts into a single text.
#[derive(Clone, Copy)]
#[doc(hidden)]
#[repr(C)]
pub struct Record {
    /// The handler's name, path, summary, reason and module, a line break, and the source file, joined
    /// in this order.
    pub text: &'static str,
    /// The tier enum, or `None` for a public handler.
    pub tiers: Option<&'static Tiers>,
    /// What the handler requires besides its tier. `None` if it requires only a tier.
    pub need: Option<&'static NeedRecord>,
    /// The handler's limits and cost. `None` if it has no limits and the usual cost.
    pub limits: Option<&'static LimitsRecord>,
    /// The number of the line that contains the handler's name.
    pub line: u32,
    /// The rank of the required tier. For a public handler, this is the length of the reason why the
    /// handler is public.
    pub required: u32,
    /// The lengths of the name, the path and the summary. The highest bit of `name` marks a handler whose
    /// guard has a name. The highest bit of `path` marks a route with a constraint. The highest bit of
    /// `summary` marks a deprecated handler.
    pub name: u16,
    pub path: u16,
    pub summary: u16,
    /// The number that represents the HTTP method, as returned by `Method::number`.
    pub method: u8,
    /// Only [`PLAIN`](Self::PLAIN) contains this. Otherwise, Clippy would report a record that sets all other
    /// fields and also takes the rest from `PLAIN`.
    pub rest: (),
}

impl Record {
    /// Contains the fields that most records don't set. A macro can't produce `None` for a missing repetition,
    /// and a function call in each record would cost more compile time.
    pub const PLAIN: Self = Self {
        text: "",
        tiers: None,
        need: None,
        limits: None,
        line: 0,
        required: 0,
        name: 0,
        path: 0,
        summary: 0,
        method: methods::NONE,
        rest: (),
    };
}

/// What a handler requires besides its tier, or instead of it.
#[derive(PartialEq)]
#[doc(hidden)]
#[repr(C)]
pub struct NeedRecord {
    /// The lower tiers that customers with an older plan version need, oldest version first.
    pub versions: &'static [VersionRecord],
    /// The rank of the tier that is enforced for now, if `has_enforced` is set.
    pub enforced: u32,
    pub has_enforced: bool,
    /// The position of the add-on in the feature enum, unless `rule` is `needs::TIER`.
    pub feature: u8,
    /// How the add-on and the tier are combined, as one of the constants in `needs`.
    pub rule: u8,
}

/// Callers whose plan version is less than `below` need only the tier with this rank.
#[derive(PartialEq)]
#[doc(hidden)]
#[repr(C)]
pub struct VersionRecord {
    pub below: u32,
    pub rank: u32,
}

/// How often each caller may call a handler, and how many units of the catalogue's quota a call uses.
#[derive(PartialEq, Eq)]
#[doc(hidden)]
#[repr(C)]
pub struct LimitsRecord {
    /// The policies by tier, lowest rank first. Empty if the handler has only a cost.
    pub policies: &'static [PolicyRecord],
    /// The units of the catalogue's quota that a call uses. 0 is free.
    pub cost: u32,
}

/// The limits of callers whose tier has this rank or a higher rank, up to the next policy.
#[derive(PartialEq, Eq)]
#[doc(hidden)]
#[repr(C)]
pub struct PolicyRecord {
    /// The limits, all of which apply.
    pub windows: &'static [WindowRecord],
    pub rank: u32,
    /// Whether callers with this tier have no limit. If so, `windows` has no effect.
    pub unlimited: bool,
}

/// At most `amount` units in a window of this length.
#[derive(PartialEq, Eq)]
#[doc(hidden)]
#[repr(C)]
pub struct WindowRecord {
    pub amount: u32,
    pub seconds: u32,
}

/// The add-ons of a tier enum.
#[doc(hidden)]
#[repr(C)]
pub(crate) struct Features {
    pub(crate) keys: &'static [&'static str],
    pub(crate) names: &'static [&'static str],
}

/// An endpoint's tier enum.
#[doc(hidden)]
#[repr(C)]
pub struct Tiers {
    pub(crate) features: Features,
    pub(crate) names: &'static [&'static str],
    pub(crate) ranks: &'static [u32],
    /// Returns the enum's `TypeId`. This is a function because the oldest supported compilers can't
    /// compute a `TypeId` in a constant.
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

    // Without this static, a program without records would contain neither the section nor the two
    // symbols above. The program never writes to this static. The static is `mut` only to make the
    // section writable, because the loader relocates the references in records.
    #[used]
    #[unsafe(link_section = "tiergate__SECTION__")]
    static mut NONE: [Record; 0] = [];

    pub(crate) fn all() -> &'static [Record] {
        let start = (&raw const START).cast::<Record>();
        let stop = (&raw const STOP).cast::<Record>();
        let count = (stop.addr() - start.addr()) / size_of::<Record>();
        // SAFETY: The section contains `NONE`, which is zero-sized, and the statics that `__gated!` and
        // `__registered!` below define. All of these statics have the type `Record`. Another copy of
        // this crate can use the same section name only if it has the same version, the same path, and
        // the same definitions of `Record` and of the types inside `Record`. The records of such a copy
        // have the same layout, because each of these types is `repr(C)`, `repr(u8)` or a primitive.
        // The linker aligns the first static, and places the statics next to each other without gaps,
        // because the size of `Record` is a multiple of its alignment. The compiler initialises the
        // statics, the program never writes to them, and they live until the program ends. `START` has
        // the address of the first record. If the program contains no records, the slice is empty.
        unsafe { slice::from_raw_parts(start, count) }
    }
}

#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
if_linked! {
{
/// Collects the records with `linkme`, which supports the linkers of other operating systems. `linkme`
/// derives the section's name from the name of the static below.
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
/// Contains no records, because the linker of this target can't collect records.
pub mod records {
    use super::Record;

    pub(crate) fn all() -> &'static [Record] {
        &[]
    }
}
}
}

/// Puts a static into the registry's section.
///
/// On Linux, tiergate names the section itself. `linkme` provides an attribute for this task. This
/// attribute would be a second procedural macro on each handler, which would double the handler's
/// compile time.
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

/// Expands to a gated handler's hidden type and record.
///
/// The expansion refers to the tier enum only through an alias, so a wrong enum name causes only one
/// error. The alias is defined next to the handler. If the alias were inside the `impl`, the compiler
/// would suggest `Self`. If a `const _` contained these items, the compiler would have another body to
/// compile.
///
/// This macro repeats the contents of `__record!` to save an expansion. In an incremental build, macro
/// expansions take most of a handler's compile time.
#[cfg(not(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __gated {
    (
        [$($cfgs:tt)*] [$($visibility:tt)*] $hidden:ident
        $alias:ident [$($enum:tt)*] [$($tier:tt)*] $variant:ident [$($form:tt)*]
        $method:ident $name:literal $path:literal $summary:literal $text:literal $line:expr, $file:expr
        $(; $need:expr)? $(, limits $limits:expr)?
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
            const RECORD: $crate::Endpoint = {
                #[used]
                #[unsafe(link_section = "tiergate__SECTION__")]
                static RECORD: $crate::__private::Record = $crate::__private::Record {
                    text: ::core::concat!($text, ::core::module_path!(), "\n", $file),
                    tiers: ::core::option::Option::Some($crate::__private::Tiers::of::<$hidden>()),
                    $(need: ::core::option::Option::Some(&$need),)?
                    $(limits: ::core::option::Option::Some(&$limits),)?
                    line: $line,
                    required: $alias::$variant as $alias as ::core::primitive::u32,
                    name: $name,
                    path: $path,
                    summary: $summary,
                    method: $crate::__private::methods::$method,
                    ..$crate::__private::Record::PLAIN
                };
                $crate::Endpoint(&RECORD)
            };
        }
    };
}

}

pub(crate) use self::records::all;

/// Adds a record to the registry, and evaluates to the record's [`Endpoint`](crate::Endpoint).
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    (
        [$($tiers:tt)*] [$($required:tt)*] $method:ident
        $name:literal $path:literal $summary:literal $text:literal $line:expr, $file:expr
        $(; $need:expr)? $(, limits $limits:expr)?
    ) => {{
        $crate::__registered! {
            static RECORD: $crate::__private::Record = $crate::__private::Record {
                text: ::core::concat!($text, ::core::module_path!(), "\n", $file),
                tiers: $($tiers)*,
                $(need: ::core::option::Option::Some(&$need),)?
                $(limits: ::core::option::Option::Some(&$limits),)?
                line: $line,
                required: $($required)*,
                name: $name,
                path: $path,
                summary: $summary,
                method: $crate::__private::methods::$method,
                ..$crate::__private::Record::PLAIN
            };
        }
        $crate::Endpoint(&RECORD)
    }};
}

/// The bit of [`Record::name`] that marks a handler whose guard has a name.
pub(super) const NAMED_GUARD: u16 = 0x8000;

/// The bit of [`Record::path`] that marks a route with a constraint.
pub(super) const CONSTRAINED: u16 = 0x8000;

/// The bit of [`Record::summary`] that marks a deprecated handler.
pub(super) const DEPRECATED: u16 = 0x8000;

impl Record {
    /// Returns whether both records belong to the same handler. A macro can generate several handlers
    /// with the same name on one line. This function therefore also compares the routes and what
    /// the handlers require.
    pub(super) fn is_of_same_handler(&self, other: &Self) -> bool {
        let Self {
            text,
            tiers,
            need,
            limits,
            line,
            required,
            name,
            path,
            summary,
            method,
            rest: (),
        } = self;
        *text == other.text
            && tiers.is_some() == other.tiers.is_some()
            && *need == other.need
            && *limits == other.limits
            && *line == other.line
            && *required == other.required
            && (*name, *path, *summary) == (other.name, other.path, other.summary)
            && *method == other.method
    }

    pub(super) const fn name(&self) -> &'static str {
        self.text_between(0, self.name_end())
    }

    pub(super) const fn path(&self) -> &'static str {
        self.text_between(self.name_end(), self.path_end())
    }

    pub(super) const fn summary(&self) -> &'static str {
        self.text_between(self.path_end(), self.summary_end())
    }

    /// Returns the reason why the handler is public, or an empty text if the handler requires a tier.
    pub(super) const fn public_reason(&self) -> &'static str {
        self.text_between(self.summary_end(), self.reason_end())
    }

    pub(super) const fn module(&self) -> &'static str {
        self.text_between(self.reason_end(), self.module_end())
    }

    pub(super) const fn file(&self) -> &'static str {
        self.text_between(self.module_end() + 1, self.text.len())
    }

    const fn text_between(&self, start: usize, end: usize) -> &'static str {
        self.text.split_at(end).0.split_at(start).1
    }

    pub(super) const fn name_end(&self) -> usize {
        (self.name & !NAMED_GUARD) as usize
    }

    pub(super) const fn path_end(&self) -> usize {
        self.name_end() + (self.path & !CONSTRAINED) as usize
    }

    const fn summary_end(&self) -> usize {
        self.path_end() + (self.summary & !DEPRECATED) as usize
    }

    const fn reason_end(&self) -> usize {
        match self.tiers {
            Some(_) => self.summary_end(),
            None => self.summary_end() + self.required as usize,
        }
    }

    /// Returns the end of the module's path, which is the position of the line break in front of the
    /// source file.
    const fn module_end(&self) -> usize {
        let text = self.text.as_bytes();
        let mut module_end = self.reason_end();
        while module_end < text.len() && text[module_end] != b'\n' {
            module_end += 1;
        }
        module_end
    }
}

impl Tiers {
    /// Returns the name of the tier with this rank. Returns an empty name if no tier has this rank. A
    /// separate check turns such a rank into a compile error.
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

    /// Returns the lowest rank. Returns 0 for an invalid enum, which has no tiers.
    #[must_use]
    pub const fn lowest_rank(&self) -> u32 {
        match self.ranks.first() {
            Some(rank) => *rank,
            None => 0,
        }
    }

    /// Returns whether these are the tiers of the enum `T`.
    pub(crate) fn are_of<T: 'static>(&self) -> bool {
        (self.of)() == TypeId::of::<T>()
    }
}
