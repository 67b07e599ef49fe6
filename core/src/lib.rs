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
pub use crate::subscriber::Subscriber;
pub use crate::tier::{Tier, UnknownTier};
pub use tiergate_macros::{Catalogue, Tier, requires_tier};
