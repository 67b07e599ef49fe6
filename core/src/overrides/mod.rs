//! Stores for [`Overrides`](crate::Overrides): a TOML file, an SQL table and a value in Redis.
//!
//! | store | feature | changes take effect |
//! | --- | --- | --- |
//! | memory | none | when you call [`Overrides::replace`](crate::Overrides::replace) |
//! | `TomlOverrides` | `toml` | after about 350 milliseconds |
//! | `SqlOverrides` | `sqlx` | within 500 milliseconds; with notifications (feature `postgres`), within milliseconds |
//! | `RedisOverrides` | `redis` | within 500 milliseconds; with messages, within milliseconds |
//!
//! # Stores
//! A store contains these fields for each override:
//!
//! | field | content |
//! | --- | --- |
//! | `kind` | `close`, `require`, `grant`, `observe`, `limit` or `quota`, as described for [`Override`](crate::Override) |
//! | `endpoint` | the endpoint's name, such as `export`, or its route, such as `POST /export`; for all kinds except `quota` |
//! | `tier` | the tier's name, only for `require` and `observe` |
//! | `customer` | the customer's id, only for `grant`, `limit` and `quota` |
//! | `limits` | the limits, such as `60/minute; 5000/day`, or `unlimited`, only for `limit` and `quota` |
//! | `until` | the end, in UTC, such as `2026-12-01T00:00:00Z`; optional for `close` |
//! | `by` | who decided on the override; optional |
//! | `because` | the reason; optional |
//!
//! Each store has two methods. `load` reads the store once and returns an error if that fails. `watch`
//! returns a future that you spawn. The future follows the store's changes:
//!
#![cfg_attr(feature = "toml", doc = "```")]
#![cfg_attr(not(feature = "toml"), doc = "```ignore")]
//! # use tiergate::{Catalogue, requires_tier};
//! # #[derive(Clone, Copy, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! # #[requires_tier(Plus, post = "/export")]
//! # fn export() {}
//! # #[derive(Catalogue)]
//! # #[catalogue(tier = Tier, handlers(export))]
//! # struct Api;
//! use tiergate::Overrides;
//! use tiergate::overrides::TomlOverrides;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let overrides = Overrides::of::<Api>();
//! tokio::spawn(TomlOverrides::new("overrides.toml").watch(&overrides));
//! // Add `overrides` to your router as a layer.
//! # });
//! ```
//!
//! Let only one store change a handle. A second store would replace the first store's overrides.
//!
//! # Failures
//! A store's content is validated as a whole: every endpoint must exist, every tier must be one of the
//! program's, the limits must be readable, and every override except `close` needs an end. If anything is
//! invalid, or if the store is down, too slow, or returns garbage, **the last valid overrides stay in
//! effect**. Overrides still end on time, even while the store is down.
//!
//! If no overrides have been installed since the program started, the requirements in the attributes
//! apply. To refuse to start in this case, call `load` first and handle its error.
//!
//! A missing file, table or key counts as a failure, not as an empty set of overrides. Otherwise, losing
//! the store's data would end every kill switch.
//!
//! Every set of overrides has a version. A set with a lower version than the installed version is
//! rejected unless you call `accept_older_versions(true)`. After you restore a backup, either raise the
//! version in the restored store, or restart the programs. A program accepts any version when it
//! starts.
//!
//! # Logs
//! Each change of an override is logged at the `INFO` level with the fields `version`, `endpoint`,
//! `by`, `because`, `old` and `new`. For a change of a quota, `endpoint` is missing. If overrides can't be
//! loaded, an `ERROR` event names the invalid override and the reason. Each problem is logged once until
//! the overrides can be loaded again.
//!
//! The `metrics` feature adds these metrics:
//!
//! | metric | type | labels |
//! | --- | --- | --- |
//! | `tiergate_overrides_version` | gauge: the version that was installed last; with several handles, the version of any one of the handles | none |
//! | `tiergate_overrides_failed_total` | counter of failed attempts to load overrides | `store`: `toml`, `sql`, `redis`; `reason`: `invalid`, `older_version`, `unavailable` |
//!
//! Alert if the counter increases for more than a few seconds, or if machines have different versions.

#[cfg(feature = "toml")]
pub(crate) mod blocking_read;
#[cfg(any(feature = "redis", feature = "toml"))]
pub(crate) mod document;
pub(crate) mod load_error;
pub(crate) mod loader;
#[cfg(feature = "redis")]
pub(crate) mod redis;
#[cfg(feature = "sqlx")]
pub(crate) mod sql;
pub(crate) mod store;
#[cfg(feature = "toml")]
pub(crate) mod toml_file;
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) mod wake_on_change;

pub use self::load_error::{LoadError, Unavailable};
#[cfg(feature = "redis")]
pub use self::redis::RedisOverrides;
#[cfg(feature = "sqlx")]
pub use self::sql::{POSTGRES_TABLES, SQLITE_TABLES, SqlOverrides};
#[cfg(feature = "toml")]
pub use self::toml_file::TomlOverrides;
