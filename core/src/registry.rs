use crate::endpoint::Record;
use crate::routes::Routes;
use crate::{Catalogue, Endpoint};
use std::sync::OnceLock;

/// The records of all handlers, put side by side by the linker, in a section of their own. The whole
/// version is part of its name, as a program may contain two, and another one may have other records.
#[cfg(not(any(not(target_os = "linux"), tiergate_linkme)))]
#[allow(unsafe_code)]
mod records {
    use super::Record;
    use std::slice;

    // The linker makes these two symbols for a section whose name is an identifier of C.
    unsafe extern "Rust" {
        #[link_name = "__start_tiergate_0_1_0"]
        static START: [Record; 0];
        #[link_name = "__stop_tiergate_0_1_0"]
        static STOP: [Record; 0];
    }

    // Without any record there would be no section, and no symbols. It is `mut`, which nobody makes
    // use of, because the records have references that the loader writes.
    #[used]
    #[unsafe(link_section = "tiergate_0_1_0")]
    static mut NONE: [Record; 0] = [];

    pub(super) fn all() -> &'static [Record] {
        let start = (&raw const START).cast::<Record>();
        let stop = (&raw const STOP).cast::<Record>();
        let count = (stop.addr() - start.addr()) / size_of::<Record>();
        // SAFETY: Between the two addresses stands what was put into the section: `NONE`, which has
        // no bytes, and the statics of `__record!`. These are all of the type `Record`, whose size
        // is a multiple of its alignment, so the linker puts them side by side without gaps, the
        // first one aligned. They are initialised by the compiler, never written to by the program,
        // and live as long as it does. `START` has the address of the first; where there is none,
        // the slice is empty.
        unsafe { slice::from_raw_parts(start, count) }
    }
}

/// The same through `linkme`, which knows how the linkers of other systems want it.
#[cfg(any(not(target_os = "linux"), tiergate_linkme))]
pub mod records {
    #![allow(missing_docs)]

    use super::Record;
    pub use linkme;

    #[linkme::distributed_slice]
    pub static RECORDS: [Record];

    pub(super) fn all() -> &'static [Record] {
        &RECORDS
    }
}

/// An entry of the registry, as an [`Endpoint`].
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

/// A static in the section of the registry.
///
/// `linkme` would do it by an attribute. On Linux tiergate names the section itself, because a
/// second procedural macro for each handler is half of what it then costs to compile.
#[cfg(not(any(not(target_os = "linux"), tiergate_linkme)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __registered {
    ($($record:tt)*) => {
        #[used]
        #[unsafe(link_section = "tiergate_0_1_0")]
        $($record)*
    };
}

#[cfg(any(not(target_os = "linux"), tiergate_linkme))]
#[doc(hidden)]
#[macro_export]
macro_rules! __registered {
    ($($record:tt)*) => {
        #[$crate::__private::records::linkme::distributed_slice($crate::__private::records::RECORDS)]
        #[linkme(crate = $crate::__private::records::linkme)]
        $($record)*
    };
}

/// Every annotated handler that is linked into the program, however many crates it came from.
///
/// The linker puts the records side by side: nothing runs at start-up, and the order is not
/// specified. A crate that nothing refers to is not linked, and its handlers are not here. Nor are
/// those of which a linker took only a part: a `staticlib` is linked into a C program with
/// `--whole-archive`, and a handler in a crate of the type `dylib` is in the registry of that library
/// alone.
///
/// ```standalone_crate
/// use tiergate::requires_tier;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// fn export() {}
///
/// #[requires_tier(public = "everybody may see the prices")]
/// fn prices() {}
///
/// let mut names: Vec<_> = tiergate::registry().iter().map(|endpoint| endpoint.name()).collect();
/// names.sort();
/// assert_eq!(names, ["export", "prices"]);
/// ```
pub fn registry() -> &'static [Endpoint] {
    static REGISTRY: OnceLock<Box<[Endpoint]>> = OnceLock::new();
    REGISTRY.get_or_init(|| records::all().iter().map(Endpoint).collect())
}

/// The endpoints of one tier enum, picked from the registry on first use.
pub struct Registered(OnceLock<(Box<[Endpoint]>, Routes)>);

impl Registered {
    /// Nothing is picked yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The endpoints.
    pub fn endpoints<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        &self.picked::<C>().0
    }

    /// Their index.
    pub fn routes<C: Catalogue>(&'static self) -> Routes {
        self.picked::<C>().1
    }

    /// The open endpoints are of no tier enum, so they are in each catalogue.
    fn picked<C: Catalogue>(&'static self) -> &'static (Box<[Endpoint]>, Routes) {
        self.0.get_or_init(|| {
            let mut endpoints: Vec<Endpoint> = registry()
                .iter()
                .filter(|endpoint| {
                    endpoint.is_of::<C::Tier>() || endpoint.public_reason().is_some()
                })
                .copied()
                .collect();
            // The linker's order changes from build to build; the source's does not. A key is made
            // once, as a module's path is looked for in the record's text.
            endpoints.sort_by_cached_key(|endpoint| {
                (
                    endpoint.module(),
                    endpoint.file(),
                    endpoint.line(),
                    endpoint.name(),
                )
            });
            let routes = Routes::of(&endpoints);
            (endpoints.into(), routes)
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_section_has_the_version_in_its_name() {
        let name = format!("tiergate_{}", env!("CARGO_PKG_VERSION").replace('.', "_"));
        let sources = [include_str!("registry.rs"), include_str!("annotated.rs")].concat();
        let attributes = [
            "(link_section = \"",
            "link_name = \"__start_",
            "link_name = \"__stop_",
        ];
        let mut count = 0;
        for attribute in attributes {
            for (at, _) in sources.match_indices(attribute) {
                let rest = &sources[at + attribute.len()..];
                if rest.starts_with("tiergate_") {
                    assert_eq!(rest.split('"').next(), Some(name.as_str()));
                    count += 1;
                }
            }
        }
        assert_eq!(count, 5);
    }
}
