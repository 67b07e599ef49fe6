#![doc = include_str!("../docs/crate.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// Keeps the first items where the linker can collect the registry, and the second ones elsewhere, as
/// on WebAssembly.
#[allow(unused_macros)] // The next definition replaces this one.
macro_rules! if_linked {
    ({ $($linked:tt)* } else { $($other:tt)* }) => { $($other)* };
}

/// The targets whose link sections `linkme` knows.
#[cfg(all(
    not(tiergate_no_registry),
    any(
        target_os = "none",
        target_os = "linux",
        target_os = "macos",
        target_os = "ios",
        target_os = "tvos",
        target_os = "android",
        target_os = "fuchsia",
        target_os = "illumos",
        target_os = "freebsd",
        target_os = "openbsd",
        target_os = "netbsd",
        target_os = "psp",
        target_os = "uefi",
        target_os = "windows",
    )
))]
macro_rules! if_linked {
    ({ $($linked:tt)* } else { $($other:tt)* }) => { $($linked)* };
}

mod access;
mod catalogue;
mod endpoint;
mod export;
mod frameworks;
mod route;
pub mod snapshot;
mod testing;
mod tier;

#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
#[cfg(feature = "source")]
pub mod source;

#[cfg(feature = "html")]
#[cfg_attr(docsrs, doc(cfg(feature = "html")))]
pub use crate::export::html;
#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
pub use crate::export::openapi;

#[cfg(feature = "actix-web")]
pub use crate::frameworks::actix_web;
#[cfg(feature = "axum")]
pub use crate::frameworks::axum;
#[cfg(feature = "poem")]
pub use crate::frameworks::poem;
#[cfg(feature = "rocket")]
pub use crate::frameworks::rocket;
#[cfg(feature = "salvo")]
pub use crate::frameworks::salvo;
#[cfg(feature = "tower")]
pub use crate::frameworks::tower;

#[cfg(feature = "coverage")]
#[cfg_attr(docsrs, doc(cfg(feature = "coverage")))]
pub use crate::testing::coverage;

#[cfg(any(doc, doctest))]
pub mod guide;

/// Compiles the examples in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc(hidden)]
pub mod __private;

pub use crate::access::denied::Denied;
pub use crate::access::guard::Guard;
pub use crate::access::refusal::Refusal;
pub use crate::access::subscriber::Subscriber;
pub use crate::catalogue::Catalogue;
pub use crate::catalogue::audit::{Audit, Finding};
pub use crate::endpoint::Endpoint;
pub use crate::endpoint::gated::Gated;
pub use crate::endpoint::registry::registry;
#[cfg(feature = "_http")]
pub use crate::frameworks::problem::Problem;
pub use crate::snapshot::Snapshot;
pub use crate::snapshot::diff::{Change, Diff, Effect};
#[cfg(feature = "source")]
pub use crate::source::TierSource;
#[cfg(feature = "cache")]
pub use crate::source::cache::Cached;
#[cfg(feature = "source")]
pub use crate::source::layer::TierLayer;
pub use crate::tier::{Tier, UnknownTier};
pub use tiergate_macros::{Catalogue, Tier};

/// Says which tier may call a function, most often the handler of an endpoint.
///
/// The function gets one parameter more, in front of its own: the [`Guard`] that only a check can
/// make. Its body is left as it is. Its documentation gets one line that names the tier, and its
/// record is put into the [`registry`].
///
/// A bare name means a variant of the enum `Tier`, looked up where the handler stands; a path, such
/// as `Plan::Gold`, is taken as it is. Instead of a tier, `public = "reason"` says that everybody may
/// call, and why: such a handler gets no guard and is in the catalogue all the same.
///
/// # Options
/// | option | meaning |
/// | --- | --- |
/// | `Plus`, `Plan::Gold` | the lowest tier that may call |
/// | `public = "reason"` | instead of a tier: everybody may call, for this reason |
/// | `get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect` `= "/path/{param}"` | method and route; one for each handler |
/// | `any = "/ws"` | a route for every method without another handler on the same path, as for `WebSocket` |
/// | `prefix = "/v1"` | goes in front of the path of a route macro below: the scope or base that the handler is mounted in |
/// | `name = "…"` | the endpoint's name, if it is not the function's |
/// | `guard = pass` | the name of the guard's parameter, to be used in the body |
/// | `crate = path` | where `tiergate` is, if it was renamed or re-exported |
///
/// A route starts with `/`. `{param}` takes one segment, or the end of one (`/@{user}`), and
/// `{*rest}`, only at the end, takes one segment or more. Other segments are written as clients send
/// them: percent-encoded in upper case, and only where necessary. They differ by case.
///
/// # What it can stand on
/// Functions, sync and async, of any visibility, with generics, `impl Trait` arguments and patterns,
/// also inside of functions and of `macro_rules!`, above or below other attributes, but above those
/// that write a call of the handler, which else call it without its guard: `#[get]` and its like of
/// actix-web and rocket, `#[handler]` of poem and salvo, `#[axum::debug_handler]`. The compiler says
/// so. A function of an `impl`, with `self` or without, needs
/// [`#[gated]`](macro@gated) above the block. A `const fn` and an `extern fn` cannot be gated; the
/// compiler says what to do instead.
///
/// Where the attribute below is a route macro, `#[get("/units/<id>")]` of rocket or actix-web, method
/// and route are taken from it, unless they are given here. It does not know where the handler is
/// mounted: in a `web::scope("/v1")`, or at another base of rocket than `/`, add `prefix = "/v1"`.
///
/// A public handler inside a function body cannot be in `handlers(…)`: nothing in its signature leads to
/// its record, which a list finds by the path of a module, and a function body has no path. Put the
/// handler and the catalogue into a module, or use a catalogue without lists.
///
/// `#[deprecated]` goes on the handler as on any function. It marks the endpoint in every document. A
/// list that names the handler gives no warning.
///
/// A handler and its tier enum should be equally visible: behind a `pub` handler, a private enum
/// would leak through the handler's guard, which is the compiler's error E0446.
///
/// # Example
/// ```
/// use tiergate::{Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus, Pro }
///
/// /// Exports the calls of a server.
/// #[requires_tier(Plus, get = "/servers/{id}/calls", guard = pass)]
/// async fn export(id: u32, with_notes: bool) -> Result<String, Denied> {
///     if with_notes {
///         pass.require(Tier::Pro)?;
///     }
///     Ok(format!("calls of server {id}"))
/// }
///
/// #[requires_tier(public = "health checks have no account", get = "/health")]
/// async fn health() -> &'static str {
///     "ok"
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// assert_eq!(export(Guard::check(Tier::Plus)?, 7, false).await?, "calls of server 7");
/// assert!(export(Guard::check(Tier::Plus)?, 7, true).await.is_err());
/// assert_eq!(health().await, "ok");
/// # Ok::<(), Denied>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Without a check there is no call:
///
/// ```compile_fail,E0061
/// # use tiergate::requires_tier;
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus)]
/// fn export() {}
///
/// export();
/// ```
#[doc(inline)]
pub use tiergate_macros::requires_tier;

/// Lets [`#[requires_tier(…)]`](macro@requires_tier) stand on the functions of an `impl`, with `self`
/// or without.
///
/// The guard comes behind `self` and in front of the other parameters. It stands above other
/// attributes of the block, such as `#[OpenApi]` of poem-openapi; there, method and route are taken
/// from `#[oai(path = "/dispatch", method = "post")]`, behind the `prefix_path` of `#[OpenApi]`, which
/// has to be a string. The block must be of a type that has a name,
/// and of no trait: a trait says which parameters its methods have.
///
/// In `handlers(…)` of a catalogue, a function of a block is listed by its type, `Dispatch::new_call`;
/// an open one (`public = "…"`) by the module that the block stands in besides,
/// `module::Dispatch::health`, and not by an import of the type.
///
/// ```
/// use tiergate::{Catalogue, Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// struct Dispatch {
///     calls: Vec<String>,
/// }
///
/// #[tiergate::gated]
/// impl Dispatch {
///     fn empty() -> Self {
///         Self { calls: Vec::new() }
///     }
///
///     /// Creates a dispatch call.
///     #[requires_tier(Plus, post = "/dispatch")]
///     fn new_call(&mut self, text: &str) -> usize {
///         self.calls.push(text.to_owned());
///         self.calls.len()
///     }
///
///     #[requires_tier(public = "health checks have no account", get = "/health")]
///     fn health(&self) -> &'static str {
///         "ok"
///     }
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(Dispatch::new_call, Dispatch::health))]
/// struct Api;
///
/// fn main() -> Result<(), Denied> {
///     let mut dispatch = Dispatch::empty();
///     assert_eq!(dispatch.new_call(Guard::check(Tier::Plus)?, "help"), 1);
///     assert_eq!(Api::find("POST", "/dispatch").unwrap().name(), "new_call");
///     assert_eq!(Api::find("GET", "/health").unwrap().required(), None);
///     Ok(())
/// }
/// ```
#[doc(inline)]
pub use tiergate_macros::gated;
