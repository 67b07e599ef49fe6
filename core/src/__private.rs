//! Items for generated code only. They are not part of the public interface, and any release may change
//! them.
#![allow(missing_docs)]

pub use crate::endpoint::event::{DerivedEvent, EventRecords};
pub use crate::endpoint::event_variants::{SameTierEnum, variant_record};
pub use crate::endpoint::gated::Handler;
pub use crate::endpoint::generated_items::Annotated;
pub use crate::endpoint::handler_forms::{AnyTier, TakesNoGuard, forms};

pub use crate::catalogue::DerivedCatalogue;
pub use crate::catalogue::from_registry::Registered;
pub use crate::catalogue::listed::Listed;
pub use crate::catalogue::listed::endpoint_list::List;
pub use crate::catalogue::listed::event_list::{
    EventLists, EventNames, EventTier, event_count, events_of, joined_events,
};
pub use crate::catalogue::listed::index_table::Table;
pub use crate::catalogue::listed::list_errors::assert_routed;
pub use crate::catalogue::listed::listable_handlers::{
    ByGuard, GatedHandler, HandlerOf, Listable, SameTier, Twin,
};
pub use crate::catalogue::listed::listable_methods::{ByMethod, GatedMethod};
pub use crate::catalogue::listed::module_path::{Module, Start};
pub use crate::catalogue::quota_checks::{assert_affordable, assert_no_quota, tiers_of};
// Exported here only for better compiler messages. When the compiler lists the types that implement a
// trait, it omits types whose only path is `#[doc(hidden)]`.
pub use crate::endpoint::handler_forms::{HasImplTrait, Takes, TakesMore};
pub use crate::endpoint::limit_checks::{first_policy, lowest_of, next_policy};
pub use crate::endpoint::need::{enforced_rank, needs, version_rank};
#[cfg(any(not(target_os = "linux"), tiergate_linkme, tiergate_no_registry))]
pub use crate::endpoint::record::records;
pub use crate::endpoint::record::{
    LimitsRecord, NeedRecord, PolicyRecord, Record, Tiers, VersionRecord, WindowRecord,
};
pub use crate::route::index::Routes;
pub use crate::route::index::template_key::{Shape, slots};
pub use crate::route::method::methods;
pub use crate::tier::TierEnum;
pub use crate::tier::feature::{
    FeatureEnum, FeaturesOf, HasFeatures, has_features, position_of_key,
};
pub use crate::tier::lookup::{index_of_name, index_of_rank};
pub use tiergate_macros::__declaration as declaration;

#[cfg(feature = "axum")]
pub mod axum {
    pub use crate::frameworks::axum::catalogue_router::{
        IsState, Mount, MountHandler, MountOther, Mounted, Mounting, finish,
    };
    pub use ::axum::Router;
}

#[cfg(feature = "actix-web")]
pub mod actix_web {
    pub use crate::frameworks::actix_web::configure::{
        Config, Configure, Mount, MountHandler, MountOther, Routes,
    };
}

#[cfg(feature = "serde")]
pub use crate::tier::feature_serde::deserialize_feature;
#[cfg(feature = "serde")]
pub use crate::tier::serde::deserialize;
#[cfg(feature = "serde")]
pub use ::serde;

/// Expands to the code if the feature `axum` is enabled. The procedural macros are another crate, so they
/// can't check the features of this crate.
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

/// Expands to the code if the feature `actix-web` is enabled.
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
