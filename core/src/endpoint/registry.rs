use crate::endpoint::{Endpoint, record};
use std::collections::HashSet;
use std::sync::OnceLock;
#[cfg(feature = "watch")]
use std::sync::atomic::{AtomicBool, Ordering};

if_linked! {
{
/// Returns every annotated handler that is linked into the program, from all crates. The registry also
/// contains every [event](crate::Event); [`Endpoint::is_event`] distinguishes the two.
///
/// The linker collects the records. No code runs at start-up, and the order of the records is
/// unspecified. The registry lists each handler once, even if its crate is linked twice. This happens,
/// for example, when a crate is tested together with another crate that depends on it.
///
/// Some handlers may be missing:
///
/// - The linker omits a crate that nothing refers to.
/// - The linker may also omit parts of a `staticlib`. To link the library into a C program, use
///   `--whole-archive`.
/// - Each `dylib` has its own registry. If the program contains several copies of tiergate, such as two
///   versions, each copy has its own registry too.
///
/// Some targets, such as WebAssembly, have a linker that can't collect the records. On these targets,
/// calling this function is a compile error. List the handlers in a [catalogue](crate::Catalogue)
/// instead.
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
/// is a compile error, because the linker can't collect the handlers. List the handlers in a
/// [catalogue](crate::Catalogue) instead.
pub fn registry() -> &'static [Endpoint]
where
    // Without the lifetime, the compiler would check the bound even if nothing calls the function.
    for<'a> &'a Target: HasRegistry,
{
    collected()
}
}
}

/// Represents the compilation target in the trait bound on [`registry`].
pub struct Target;

/// Implemented for a reference to [`Target`] if the linker can collect the registry.
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

/// Returns the endpoints in the registry. If the target has no registry, the slice is empty, and an audit
/// reports an empty registry.
pub(crate) fn collected() -> &'static [Endpoint] {
    static REGISTRY: OnceLock<Box<[Endpoint]>> = OnceLock::new();
    REGISTRY.get_or_init(|| without_copies(linked()))
}

/// Whether a layer lets services watch their connections.
#[cfg(feature = "watch")]
static HAS_WATCHING_LAYER: AtomicBool = AtomicBool::new(false);

/// Records that a layer lets services watch their connections.
#[cfg(all(feature = "tower", feature = "watch"))]
pub(crate) fn allow_watching() {
    HAS_WATCHING_LAYER.store(true, Ordering::Relaxed);
}

/// Returns whether the program may watch connections. It may if a layer allows it, or if any handler has a
/// guard with a name. Returns true if the target has no registry.
#[cfg(feature = "watch")]
pub(crate) fn may_be_watched() -> bool {
    static HAS_NAMED_GUARD: OnceLock<bool> = OnceLock::new();
    let has_named_guard = HAS_NAMED_GUARD.get_or_init(|| {
        let endpoints = collected();
        endpoints.is_empty() || endpoints.iter().any(Endpoint::has_named_guard)
    });
    *has_named_guard || HAS_WATCHING_LAYER.load(Ordering::Relaxed)
}

/// Returns the endpoints of all records, including duplicates from crates that are linked twice.
pub(crate) fn linked() -> impl Iterator<Item = Endpoint> {
    record::all().iter().map(Endpoint)
}

/// Keeps one endpoint for each handler. A handler has two endpoints if its crate is linked twice. This
/// happens when the crate is tested together with another crate that depends on it: one copy of the
/// crate contains the tests, and the other copy doesn't.
pub(crate) fn without_copies<B: FromIterator<Endpoint>>(
    endpoints: impl Iterator<Item = Endpoint>,
) -> B {
    let mut unique_endpoints = HashSet::new();
    endpoints
        .filter(|endpoint| unique_endpoints.insert(*endpoint))
        .collect()
}
