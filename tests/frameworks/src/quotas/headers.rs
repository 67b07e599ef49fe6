//! What a response says about limits.

use crate::client::Answer;
use serde_json::Value;

/// The names of all headers about limits, in lower case.
const NAMES: [&str; 5] = [
    "ratelimit-policy",
    "ratelimit",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// Asserts that the response has a status, and that `remaining` of a limit remain. The limit has a name
/// such as `limited/hour`.
///
/// # Panics
/// If it isn't so.
pub fn assert_limited(answer: &Answer, status: u16, name: &str, limit: u32, remaining: u32) {
    assert_eq!(answer.status, status, "{answer:?}");
    let header = |name: &str| answer.headers.get(name).map(String::as_str);
    let policy = format!("\"{name}\";q={limit};w=3600");
    assert_eq!(
        header("ratelimit-policy"),
        Some(policy.as_str()),
        "{answer:?}"
    );
    let state = header("ratelimit").expect("a header");
    let expected = format!("\"{name}\";r={remaining};t=");
    let seconds = state.strip_prefix(&expected);
    let seconds = seconds.unwrap_or_else(|| panic!("{expected} in {answer:?}"));
    assert!(
        (1..=3600).contains(&seconds.parse().unwrap_or(0)),
        "{state}"
    );
}

/// Asserts that nothing in the response is about limits.
///
/// # Panics
/// If it isn't so.
pub fn assert_unlimited(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    for name in NAMES {
        assert_eq!(answer.headers.get(name), None, "{name} in {answer:?}");
    }
}

/// Asserts that a call was refused because of this limit, with a problem document.
///
/// # Panics
/// If it isn't so.
pub fn assert_exceeded(answer: &Answer, name: &str, limit: u32) {
    assert_limited(answer, 429, name, limit, 0);
    assert_wait(answer);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let document = document(answer);
    assert_eq!(document["code"], "quota_exceeded");
    assert_eq!(document["violated-policies"], serde_json::json!([name]));
}

/// Asserts that the response states how long to wait.
///
/// # Panics
/// If it doesn't.
pub fn assert_wait(answer: &Answer) {
    let wait = answer.headers.get("retry-after").expect("a header");
    assert!((1..=3600).contains(&wait.parse().unwrap_or(0)), "{wait}");
}

/// Returns the problem document of a response.
///
/// # Panics
/// If it has none.
pub fn document(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}
