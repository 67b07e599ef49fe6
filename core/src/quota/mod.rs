//! Rate limits and quotas by tier (feature `quota`).
//!
//! | declaration | meaning |
//! | --- | --- |
//! | `limit = "60/minute"` on a handler | per caller, for this endpoint |
//! | `limit(Standard = "10/minute", Plus = "60/minute", One = "unlimited")` | per tier; each entry applies from that tier upwards |
//! | `#[catalogue(quota(Free = "100/day", Plus = "60/minute; 5000/day"))]` | per caller, for all endpoints of the catalogue together |
//! | `cost = 20` on a handler | the units of the catalogue's quota that a call uses; the default is 1, and 0 is free |
//!
//! The units are `second`, `minute`, `hour`, `day` and `month`. A month has 30 days. A [`Quotas`] enforces
//! the limits.
//!
//! # What a limit allows
//! A caller's first call starts a window, in which the caller can use the whole limit. The first call after
//! its end starts the next window. If a caller calls without pause, each window allows exactly as many calls
//! as the limit states. The next window begins on time, regardless of other callers. Windows don't begin at
//! midnight, so callers don't all return at the same moment.
//!
//! With windows alone, a caller could use the limit twice in a row: at the end of one window, and at the start
//! of the next. For windows of up to an hour, which protect the server, a token bucket prevents this (GCRA,
//! the generic cell rate algorithm). The bucket holds as many units as the limit states and refills evenly
//! over the window. A bucket alone would allow almost twice the limit in the first window: all units at once,
//! plus the refilled units. Only the combination enforces the stated limit.
//!
//! Limits by day and month have no bucket, because they are sold volumes. A customer may use one day's volume
//! late and the next day's volume early.
//!
//! # What a call uses
//! A call uses one unit of each of its endpoint's limits, and as many units of the catalogue's quota as it
//! costs. If one limit refuses the call, the call doesn't count towards the others. A call that fails the tier
//! check doesn't count at all.
//!
//! Each call is counted in all windows of the endpoint and of the catalogue, even if a window has no limit for
//! the caller's tier. When the tier changes, the new limits therefore apply at once. After an upgrade, the
//! caller has the new limit minus the units already used in the current window. The same applies after a
//! downgrade: nothing remains if the caller has used more than the new limit.
//!
//! # Different limits for one customer
//! [`Override::limit`](crate::Override::limit) and [`Override::quota`](crate::Override::quota) replace the
//! limits of one customer until a certain time. The guide page [`exceptions`](crate::guide::exceptions)
//! describes them.
//!
//! # Who is limited
//! [`CallerIdentity`] describes how callers are identified. A call to a limited endpoint is refused with 500
//! `missing_quota_layer` if nothing identifies the caller.
//!
//! # Logs and metrics
//! With the `tracing` feature, the first refusal in each window of each caller is logged at the `INFO`
//! level with the fields `endpoint`, `tier`, `policy`, `limit`, `used`, `caller` and `retry_after`. The
//! `metrics` feature adds these counters:
//!
//! | counter | labels |
//! | --- | --- |
//! | `tiergate_quota_units_total`: units used by allowed calls | `endpoint`, `tier`, `policy` |
//! | `tiergate_quota_exceeded_total`: refused calls | `endpoint`, `tier`, `policy` |
//! | `tiergate_quota_fallback_total`: calls during an outage of the shared store | `outcome`: `local`, `denied`, `allowed` |
//!
//! `policy` is the unit of the window, such as `minute` for the catalogue's quota and `endpoint/minute` for
//! a limit of the endpoint.

pub(crate) mod bucket;
pub(crate) mod check;
pub(crate) mod client_address;
pub(crate) mod clock;
pub(crate) mod header_texts;
pub(crate) mod identity;
#[cfg(feature = "_check")]
pub(crate) mod in_program;
#[cfg(feature = "_check")]
pub(crate) mod in_request;
pub(crate) mod local;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod quotas;
#[cfg(feature = "redis")]
pub(crate) mod redis;
pub(crate) mod request;
pub(crate) mod small_list;
pub(crate) mod state;
pub(crate) mod telemetry;
pub(crate) mod usage;

pub use self::client_address::{InvalidNetwork, PeerAddress};
pub use self::identity::CallerIdentity;
pub use self::quotas::Quotas;
#[cfg(feature = "redis")]
pub use self::redis::outage::OnOutage;
pub use self::state::{PolicyState, QuotaState};
pub use self::usage::{QuotaError, Usage};
