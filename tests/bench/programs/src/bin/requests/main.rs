//! A server in memory: the same two handlers behind different gates. It serves the number of requests
//! that callgrind counts.
//!
//! ```sh
//! requests GATE extension|layer read|write permitted|refused COUNT
//! ```

mod app;
mod by_hand;
#[cfg(feature = "quota")]
mod by_limited_tiergate;
#[cfg(feature = "quota")]
mod by_limiter;
mod by_protect_axum;
mod by_tiergate;

use app::{App, Operation};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use std::env;
use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tower::Service;

/// The tiers of the server. Its endpoints require `Plus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, tiergate::Tier)]
pub enum Tier {
    /// Too low for the endpoints.
    Free,
    /// The tier that the endpoints require.
    Plus,
    /// Above the required tier.
    Pro,
}

/// How a gate learns the caller's tier.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// The benchmark inserts the tier into the request, so no layer adds to the cost.
    InExtension,
    /// A layer of the router reads the key from a header.
    ByLayer,
}

/// A server, and the function that inserts the caller's tier into a request if no layer does.
struct Gated {
    router: Router,
    tell: fn(&mut Request, Tier),
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [gate, told, operation, outcome, count] = arguments[..] else {
        return Err("requests GATE extension|layer read|write permitted|refused COUNT".into());
    };
    let told = match told {
        "extension" => Told::InExtension,
        "layer" => Told::ByLayer,
        other => return Err(format!("how is the gate told: {other}?").into()),
    };
    let operation = match operation {
        "read" => Operation::Read,
        "write" => Operation::Write,
        other => return Err(format!("what is called: {other}?").into()),
    };
    let (tier, expected) = match outcome {
        "permitted" => (Tier::Plus, StatusCode::OK),
        "refused" => (Tier::Free, StatusCode::FORBIDDEN),
        other => return Err(format!("what is expected: {other}?").into()),
    };
    let app = App::default();
    let mut gated = match gate {
        "hand" => by_hand::bare(app, told),
        "hand-document" => by_hand::with_document(app, told),
        "hand-idle-layer" => by_hand::with_idle_layer(app, told),
        "tiergate" => by_tiergate::bare(app, told),
        "tiergate-document" => by_tiergate::with_document(app, told),
        "tiergate-no-overrides" => by_tiergate::with_overrides(app, told, 0)?,
        "tiergate-1000-overrides" => by_tiergate::with_overrides(app, told, 500)?,
        "protect-axum" => by_protect_axum::bare(app, told),
        "protect-axum-document" => by_protect_axum::with_document(app, told),
        #[cfg(feature = "quota")]
        "hand-unlimited" => by_limiter::without_limit(app),
        #[cfg(feature = "quota")]
        "tower-governor" => by_limiter::tower_governor(app).ok_or("no limit")?,
        #[cfg(feature = "quota")]
        "tower-rate-tier" => by_limiter::tower_rate_tier(app),
        #[cfg(feature = "quota")]
        "tiergate-limit" => by_limited_tiergate::with_limit(app),
        other => return Err(format!("no such gate: {other}").into()),
    };
    let count: u32 = count.parse()?;
    for _ in 0..count {
        let response = serve(&mut gated, app::request(operation, tier)?, tier);
        if response.status() != expected {
            return Err(format!("answered with {}", response.status()).into());
        }
        // A single request is for comparing the responses of gates.
        if count == 1 {
            let mut headers = response.headers().clone();
            // The guard refuses before the body is read, so its answer announces that the connection
            // closes. A check by hand comes after the body.
            headers.remove("connection");
            println!("{headers:?}");
            let body = now(axum::body::to_bytes(response.into_body(), 10_000))?;
            println!("{}", String::from_utf8_lossy(&body));
        }
    }
    Ok(())
}

/// The function that callgrind counts: from the finished request to the response.
#[inline(never)]
fn serve(gated: &mut Gated, mut request: Request<Body>, tier: Tier) -> Response {
    (gated.tell)(&mut request, tier);
    now(gated.router.call(request)).unwrap_or_else(|never| match never {})
}

/// Returns the output of a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
