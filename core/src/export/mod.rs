//! The formats that a snapshot can be exported to.

pub(crate) mod csv;
#[cfg(feature = "html")]
#[cfg_attr(docsrs, doc(cfg(feature = "html")))]
pub mod html;
pub(crate) mod limit_columns;
pub(crate) mod markdown;
#[cfg(any(feature = "html", feature = "openapi"))]
pub(crate) mod module_names;
#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
pub mod openapi;
pub(crate) mod release_notes;
pub(crate) mod typescript;
pub(crate) mod typescript_events;
pub(crate) mod typescript_limits;
pub(crate) mod typescript_text;
pub(crate) mod unique_names;
