//! What is logged and counted, and what never is. All tests run one after another.

mod keys_in_logs;
mod overrides_logs;
mod quota_telemetry;
mod telemetry;
