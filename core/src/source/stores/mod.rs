//! Tier sources backed by databases.

#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) mod change_receiver;
#[cfg(feature = "postgres")]
pub(crate) mod listen_postgres;
#[cfg(feature = "redis")]
pub(crate) mod redis;
#[cfg(feature = "sqlx")]
pub(crate) mod sqlx;
#[cfg(any(feature = "sqlx", feature = "redis"))]
pub(crate) mod stored_features;
#[cfg(any(feature = "sqlx", feature = "redis"))]
pub(crate) mod stored_tier;
#[cfg(any(feature = "sqlx", feature = "redis"))]
pub(crate) mod stored_time;
