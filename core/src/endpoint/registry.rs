use crate::endpoint::{Endpoint, record};
use std::collections::HashSet;
use std::sync::OnceLock;

if_linked! {
{
/// Returns every annotated handler that is linked into the program, from all crates.
///
/// The linker collects the records, so nothing runs at start-up, and the order is unspecified. The
/// registry lists each handler once, even if its crate is linked twice. This happens when a crate is
/// tested together with a crate that depends on it.
///
/// Some handlers may be missing:
///
/// - The linker omits a crate that nothing refers to.
/// - It may also omit parts of a `staticlib`. Link the library into a C program with `--whole-archive`.
/// - Each `dylib` has its own registry, and so does each copy of tiergate in the program, such as another
///   version.
///
/// On targets whose linker can't collect the records, such as WebAssembly, calling this function is a
/// compile error. List the handlers in a [catalogue](crate::Catalogue) instead.
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
    collected()
}
} else {
/// Returns every annotated handler that is linked into the program. On this target, calling this function
/// is a compile error, because the linker can't collect the handlers. List them in a
/// [catalogue](crate::Catalogue) instead.
pub fn registry() -> &'static [Endpoint]
where
    // The lifetime keeps the compiler from checking the bound before the function is called.
    for<'a> &'a Target: HasRegistry,
{
    collected()
}
}
}

/// Represents the target in the bound of [`registry`].
pub struct Target;

/// Implemented for a reference to [`Target`] where the linker can collect the registry.
#[diagnostic::on_unimplemented(
    message = "this target has no registry, because its linker cannot collect the handlers",
    label = "needs the registry",
    note = "list the handlers with `#[catalogue(tier = …, handlers(…))]`, and use that catalogue instead"
)]
pub trait HasRegistry {}

if_linked! {
    {
        impl HasRegistry for &Target {}
    } else {}
}

/// Returns the endpoints in the registry. Without a registry the slice is empty, and an audit reports
/// this.
pub(crate) fn collected() -> &'static [Endpoint] {
    static REGISTRY: OnceLock<Box<[Endpoint]>> = OnceLock::new();
    REGISTRY.get_or_init(|| without_copies(linked()))
}

/// Returns the endpoints of all records, including duplicates from crates that are linked twice.
pub(crate) fn linked() -> impl Iterator<Item = Endpoint> {
    record::all().iter().map(Endpoint)
}

/// Keeps one endpoint of each handler. A crate that is tested together with a crate that depends on it is
/// linked twice, with and without its tests.
pub(crate) fn without_copies<B: FromIterator<Endpoint>>(
    endpoints: impl Iterator<Item = Endpoint>,
) -> B {
    let mut seen = HashSet::new();
    endpoints
        .filter(|endpoint| seen.insert(*endpoint))
        .collect()
}
