//! What generated code uses. Not part of the interface: it changes in any release.
#![allow(missing_docs)]

pub use crate::endpoint::gated::Handler;
pub use crate::endpoint::markers::{Annotated, AnyTier, TakesNoGuard, forms};
// Nothing names these: what has a path that is hidden is left out of the compiler's list of the types
// that would fit.
pub use crate::catalogue::gated_method::{ByMethod, GatedMethod};
pub use crate::catalogue::registered::Registered;
pub use crate::catalogue::table::failures::assert_routed;
pub use crate::catalogue::table::module::{Module, Start};
pub use crate::catalogue::table::resolve::{
    ByGuard, GatedHandler, HandlerOf, Listable, SameTier, Twin,
};
pub use crate::catalogue::table::{List, Listed, Table};
pub use crate::endpoint::markers::{HasImplTrait, Takes, TakesMore};
#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
pub use crate::endpoint::record::records;
pub use crate::endpoint::record::{Record, Tiers};
pub use crate::route::index::{Routes, Shape, slots};
pub use crate::route::method::methods;
pub use crate::tier::{TierEnum, index_of_name, index_of_rank};

#[cfg(feature = "axum")]
pub mod axum {
    pub use crate::frameworks::axum::mount::{
        IsState, Mount, MountHandler, MountOther, Mounted, Mounting, finish,
    };
    pub use ::axum::Router;
}

#[cfg(feature = "actix-web")]
pub mod actix_web {
    pub use crate::frameworks::actix_web::mount::{
        Config, Configure, Mount, MountHandler, MountOther, Routes,
    };
}

#[cfg(feature = "serde")]
pub use crate::tier::serde::deserialize;
#[cfg(feature = "serde")]
pub use ::serde;

/// Code that is only there with the feature `axum`. The macros know no features, as features are
/// those of this crate.
#[cfg(feature = "axum")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_axum {
    ($($code:tt)*) => { $($code)* };
}

#[cfg(not(feature = "axum"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_axum {
    ($($code:tt)*) => {};
}

/// The same for the feature `actix-web`.
#[cfg(feature = "actix-web")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_actix_web {
    ($($code:tt)*) => { $($code)* };
}

#[cfg(not(feature = "actix-web"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_actix_web {
    ($($code:tt)*) => {};
}

#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_serde {
    ($($code:tt)*) => { $crate::__impl_serde! { $($code)* } };
}

#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_serde {
    ($($code:tt)*) => {};
}
