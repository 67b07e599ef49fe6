//! The parts that several tests of tiergate share.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tiergate::coverage::{Call, TestCaller};
use tiergate::{Caller, Tier};

/// Builds an example of the crate, and returns the path of the program.
///
/// # Panics
/// If the build fails.
pub fn example(name: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--package", "tiergate", "--example", name])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the example does not build");
    String::from_utf8(output.stdout)
        .expect("cargo writes UTF-8")
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the executable")
}

/// Identifies a caller by the name of a tier in the header `x-api-key`.
pub async fn authenticate<T: Tier>(mut request: Request, next: Next) -> Response {
    let key = request.headers().get("x-api-key");
    let tier = key.and_then(|key| T::ALL.iter().find(|tier| tier.name() == key));
    let caller = tier.map_or(Caller::unknown(), |tier| Caller::new(*tier));
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Builds the request of a call, with the key in the header `x-api-key`.
///
/// # Panics
/// If the tier's name isn't a valid header value.
pub fn request<T: Tier>(call: &Call<T>) -> Request {
    let mut request = call.request();
    let key = match call.caller() {
        TestCaller::Tier(tier) => tier.name(),
        TestCaller::Nobody => return request,
        TestCaller::BadCredentials => "wrong",
    };
    let key = key.parse().expect("a header");
    request.headers_mut().insert("x-api-key", key);
    request
}
