//! Quotas in memory, with and without overrides.

mod quota_local;
mod quota_overrides;
