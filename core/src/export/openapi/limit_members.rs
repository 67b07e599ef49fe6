//! The members of an OpenAPI document that describe limits.

use crate::endpoint::limits::Limit;
use crate::snapshot::limit_rows::LimitRow;
use serde_json::{Value, json};

/// Returns the value of the extensions `x-limits` and `x-quota`.
pub(super) fn limits_value(rows: &[LimitRow]) -> Value {
    let window = |limit: &Limit| {
        let seconds = limit.window().as_secs();
        json!({ "amount": limit.amount(), "unit": limit.unit(), "seconds": seconds })
    };
    let rows = rows.iter().map(|row| {
        let windows: Vec<Value> = row.limits().iter().map(window).collect();
        json!({ "tier": row.tier(), "windows": windows })
    });
    rows.collect()
}

/// Returns the headers that every limited response has.
pub(super) fn rate_limit_headers() -> Value {
    let header =
        |description: &str| json!({ "schema": { "type": "string" }, "description": description });
    json!({
        "RateLimit-Policy": header(
            "The limits that apply to the caller, such as `\"minute\";q=60;w=60`: 60 units in 60 seconds.",
        ),
        "RateLimit": header(
            "What remains of each limit, such as `\"minute\";r=59;t=60`: 59 units, and more units in 60 seconds.",
        ),
    })
}
