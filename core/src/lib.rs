#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(
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
)))]
compile_error!(
    "tiergate's registry is made by the linker, and linkme knows no link sections for this target; gate the endpoints in a crate that is built for the server"
);

mod audit;
mod catalogue;
mod denied;
mod endpoint;
mod gated;
mod guard;
mod markdown;
#[cfg(any(feature = "axum", feature = "source"))]
mod observe;
mod refusal;
mod registry;
mod route;
mod subscriber;
mod table;
mod tier;

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "axum")]
mod problem;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "source")]
pub mod source;

#[doc(hidden)]
pub mod __private;

pub use crate::audit::{Audit, Finding};
pub use crate::catalogue::Catalogue;
pub use crate::denied::Denied;
pub use crate::endpoint::Endpoint;
pub use crate::gated::Gated;
pub use crate::guard::Guard;
#[cfg(feature = "axum")]
pub use crate::problem::Problem;
pub use crate::refusal::Refusal;
pub use crate::registry::registry;
#[cfg(feature = "cache")]
pub use crate::source::Cached;
#[cfg(feature = "source")]
pub use crate::source::{TierLayer, TierSource};
pub use crate::subscriber::Subscriber;
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
/// | `get`, `post`, `put`, `patch`, `delete`, `head`, `options` `= "/path/{param}"` | method and route; one for each handler |
/// | `name = "…"` | the endpoint's name, if it is not the function's |
/// | `guard = pass` | the name of the guard's parameter, to be used in the body |
/// | `crate = path` | where `tiergate` is, if it was renamed or re-exported |
///
/// A route starts with `/`. `{param}` takes one segment, or the end of one (`/@{user}`), and
/// `{*rest}`, only at the end, takes one segment or more.
///
/// # What it can stand on
/// Functions, sync and async, of any visibility, with generics, `impl Trait` arguments and patterns,
/// also inside of functions and of `macro_rules!`, above or below other attributes (but above
/// `#[axum::debug_handler]`, which else calls the handler without its guard). A method with `self`,
/// a `const fn` and an `extern fn` cannot be gated; the compiler says what to do instead.
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
