//! The cost of a cache hit in processor instructions, compared with a fixed tier. Callgrind counts
//! them, so other work on the machine has no effect.

use axum::body::Body;
use axum::extract::{Extension, Request};
use std::process::Command;
use tiergate::source::{ApiKey, SourceError, TierSource};
use tiergate::{Cached, Caller, Catalogue, TierLayer, requires_tier};
use tiergate_tests_sources::Tier;
use tower::ServiceExt;

#[requires_tier(Plus, get = "/export")]
async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export))]
struct Api;

struct Customers;

impl TierSource for Customers {
    type Tier = Tier;

    async fn find(&self, _: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        Ok(Caller::new(Tier::Plus).with_id("customer-7"))
    }
}

/// Few and many calls. Their difference excludes one-time costs.
const CALLS: [u32; 2] = [1000, 5000];

/// Runs this program under callgrind, and prints the instructions of one call.
pub(crate) fn measure() -> Result<(), String> {
    let fixed = instructions("fixed")?;
    let cached = instructions("cached")?;
    println!(
        "instructions for one call of a gated handler, without a network: fixed tier {fixed}, \
         cached lookup {cached}: {} more",
        cached.saturating_sub(fixed)
    );
    Ok(())
}

fn instructions(form: &str) -> Result<u64, String> {
    let [few, many] = CALLS.map(|calls| counted(form, calls));
    let (few, many) = (few?, many?);
    Ok(many.saturating_sub(few) / u64::from(CALLS[1] - CALLS[0]))
}

fn counted(form: &str, calls: u32) -> Result<u64, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args(["calls", form, &calls.to_string()])
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let told = String::from_utf8_lossy(&run.stderr);
    told.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .ok_or_else(|| format!("callgrind counted nothing: {told}"))
}

/// Makes this number of calls in one thread. Callgrind counts it.
pub(crate) async fn call(form: &str, calls: u32) {
    let app = match form {
        "fixed" => Api::router().layer(Extension(Caller::new(Tier::Plus))),
        _ => Api::router().layer(TierLayer::new(Cached::new(Customers))),
    };
    for _ in 0..calls {
        let request = Request::get("/export").header("authorization", "Bearer a-key");
        let request = request.body(Body::empty()).expect("a request");
        let answer = app.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
}
