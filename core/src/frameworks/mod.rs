//! Web framework integrations, and the problem document that they share.

#[cfg(feature = "actix-web")]
pub mod actix_web;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(any(feature = "axum", feature = "salvo"))]
pub(crate) mod connection_close;
#[cfg(all(feature = "source", any(feature = "actix-web", feature = "rocket")))]
pub(crate) mod http_head;
#[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
pub(crate) mod overrides_service;
#[cfg(feature = "poem")]
pub mod poem;
#[cfg(any(feature = "_extractor", feature = "tower"))]
pub(crate) mod problem;
#[cfg(all(feature = "quota", feature = "_http"))]
pub(crate) mod quota_headers;
#[cfg(all(
    feature = "quota",
    any(feature = "axum", feature = "source", feature = "tower")
))]
pub(crate) mod quotas_service;
#[cfg(feature = "source")]
pub(crate) mod request_guard;
#[cfg(feature = "rocket")]
pub mod rocket;
#[cfg(feature = "salvo")]
pub mod salvo;
#[cfg(all(
    feature = "source",
    any(
        feature = "actix-web",
        feature = "poem",
        feature = "rocket",
        feature = "salvo"
    )
))]
pub(crate) mod shared_lookup;
#[cfg(all(
    feature = "quota",
    any(feature = "axum", feature = "source", feature = "tower")
))]
pub(crate) mod take_quota;
#[cfg(feature = "tonic")]
pub mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
