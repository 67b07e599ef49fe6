//! Tier sources backed by databases.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "redis")]
pub(crate) mod redis;
#[cfg(feature = "sqlx")]
pub(crate) mod sqlx;
