//! Quotas behind the tower layer: which requests count, whose limits they take from, and the responses.

#[path = "tower_quotas/callers.rs"]
mod callers;
#[path = "tower_quotas/counting.rs"]
mod counting;
#[path = "tower_quotas/grpc.rs"]
mod grpc;
#[path = "tower_quotas/guards.rs"]
mod guards;
#[path = "tower_quotas/paths.rs"]
mod paths;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;
use tiergate::{Caller, Catalogue, Quotas, endpoint};
use tiergate_tests_conformance::Tier;
use tower::{Service, ServiceExt};

endpoint! { other(Free, get = "/other"); }

/// A catalogue that contains no endpoint of the tests.
#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(other))]
struct Other;

/// A response that has been read.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Returns the value of a header, or an empty text.
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.map_or("", |value| value.expect("a text"))
    }

    /// Returns the status and what remains of the limits.
    fn state(&self) -> (u16, &str) {
        (self.status, self.header("ratelimit"))
    }

    /// Returns the code in the problem document.
    fn code(&self) -> String {
        let document: serde_json::Value = serde_json::from_slice(&self.body).expect("a document");
        document["code"].as_str().expect("a code").to_owned()
    }
}

/// Returns quotas in memory whose clock stands still.
fn quotas<C: Catalogue>() -> Quotas {
    Quotas::local::<C>().with_clock(|| Duration::from_secs(1))
}

fn customer(tier: Tier) -> Caller<Tier> {
    Caller::new(tier).with_id("customer-7")
}

/// Creates a request of this customer. `Plus` is the tier of the customer.
fn request(method: &str, path: &str) -> Request {
    let request = Request::builder().method(method).uri(path);
    let request = request.extension(customer(Tier::Plus));
    request.body(Body::empty()).expect("a request")
}

async fn call<S, B>(service: &S, request: Request) -> Answer
where
    S: Service<Request, Response = Response<B>, Error = Infallible> + Clone,
    B: HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let answered = service.clone().oneshot(request).await;
    let (head, body) = answered.expect("a response").into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await.expect("a body");
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.to_vec(),
    }
}

/// The inner service, which allows everything.
async fn reached(_: Request) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::from("reached")))
}
