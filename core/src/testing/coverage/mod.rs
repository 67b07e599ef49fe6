//! For tests (feature `coverage`): calls every endpoint of a catalogue as every tier, as nobody, and
//! with bad credentials.
//!
//! The guard itself tells what it decided, so that it does not matter how the application answers
//! refusals, nor what a handler thinks of a request without a body.

pub(crate) mod answer;
pub(crate) mod run;

pub use self::run::Run;

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Uri};
use std::fmt;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller<T> {
    /// A subscriber of this tier.
    Tier(T),
    /// Somebody without credentials.
    Nobody,
    /// Somebody whose credentials are wrong.
    BadCredentials,
}

impl<T: Tier> fmt::Display for Caller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tier(tier) => f.write_str(tier.name()),
            Self::Nobody => f.write_str("nobody"),
            Self::BadCredentials => f.write_str("somebody with bad credentials"),
        }
    }
}

/// One call that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Call<T> {
    endpoint: &'static Endpoint,
    caller: Caller<T>,
}

impl<T: Copy> Call<T> {
    /// The endpoint that is called.
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// Who calls.
    pub fn caller(&self) -> Caller<T> {
        self.caller
    }

    /// The path, with `1` for each parameter.
    pub fn path(&self) -> String {
        let mut path = String::new();
        let mut rest = self.endpoint.path().unwrap_or("/");
        while let Some((literal, behind)) = rest.split_once('{') {
            path.push_str(literal);
            path.push('1');
            rest = behind.split_once('}').map_or("", |(_, behind)| behind);
        }
        path.push_str(rest);
        path
    }

    /// A request for the endpoint, without credentials and without a body.
    pub fn request(&self) -> Request {
        let mut request = Request::new(Body::empty());
        let method = self.endpoint.method().unwrap_or_default().as_bytes();
        // The attribute takes known methods and checked paths only. One that is no URI all the same
        // leaves `/`, which is reported as another endpoint's.
        *request.method_mut() = Method::from_bytes(method).unwrap_or_default();
        *request.uri_mut() = Uri::try_from(self.path()).unwrap_or_default();
        let length = HeaderValue::from_static("0");
        request.headers_mut().insert("content-length", length);
        request
    }
}

/// The calls of a test, and what was wrong with their answers.
///
/// ```
/// use axum::extract::Request;
/// use axum::middleware::{self, Next};
/// use axum::response::Response;
/// use tiergate::coverage::{Caller, Coverage};
/// use tiergate::{Catalogue, Subscriber, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/units/{id}")]
/// async fn unit() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(unit))]
/// struct Api;
///
/// async fn authenticate(mut request: Request, next: Next) -> Response {
///     let key = request.headers().get("x-api-key").and_then(|key| key.to_str().ok());
///     let tier = key.and_then(|key| key.parse().ok());
///     let subscriber = tier.map_or(Subscriber::<Tier>::unknown(), Subscriber::new);
///     request.extensions_mut().insert(subscriber);
///     next.run(request).await
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let app = Api::router().layer(middleware::from_fn(authenticate));
/// let coverage = Coverage::of::<Api>(app, |call| {
///     let mut request = call.request();
///     let key = match call.caller() {
///         Caller::Tier(tier) => tier.name(),
///         Caller::Nobody => return request,
///         Caller::BadCredentials => "wrong",
///     };
///     request.headers_mut().insert("x-api-key", key.parse().expect("a header"));
///     request
/// })
/// .await;
/// coverage.assert_complete();
/// assert_eq!(coverage.to_string(), "4 calls of 1 endpoint, every answer right");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "what went wrong is in here"]
pub struct Coverage {
    endpoints: usize,
    calls: usize,
    failures: Vec<Failure>,
}

/// An endpoint that could not be reached, or answered wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    endpoint: Endpoint,
    what: String,
}

impl Failure {
    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// The endpoint, and what was wrong.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.endpoint, self.what)
    }
}

impl Coverage {
    /// Calls every endpoint of the catalogue: as nobody, with bad credentials, and as every tier,
    /// the lowest first. `request` makes the request of each call. What it gives is awaited, and can
    /// be told more before.
    ///
    /// | endpoint | caller | right is |
    /// | --- | --- | --- |
    /// | gated | a tier that it allows | its guard lets the call through, and the answer is no 5xx |
    /// | gated | a lower tier | its guard refuses |
    /// | gated | nobody, bad credentials | its guard refuses the unknown caller, or a layer in front of it does: 4xx, but no 404 or 405 |
    /// | open | any tier, nobody | no 401, 403, 404, 405 or 5xx |
    /// | open | bad credentials | no 404, 405 or 5xx |
    ///
    /// The handlers run for real, in the catalogue's order. One that panics, or does not answer in
    /// time, is a failure as well.
    pub fn of<'a, C: Catalogue>(
        app: Router,
        request: impl FnMut(&Call<C::Tier>) -> Request + 'a,
    ) -> Run<'a, C> {
        Run::new(app, request)
    }

    fn fail(&mut self, endpoint: Endpoint, what: String) {
        self.failures.push(Failure { endpoint, what });
    }

    /// Whether there were endpoints, and all of them answered rightly.
    pub fn is_complete(&self) -> bool {
        self.endpoints > 0 && self.failures.is_empty()
    }

    /// For a test: does nothing if every answer was right.
    ///
    /// # Panics
    /// With every endpoint that could not be reached or answered wrongly, and if there are none.
    #[track_caller]
    pub fn assert_complete(&self) {
        assert!(self.is_complete(), "{self}");
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// What was wrong.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

/// One line for each failure.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.endpoints == 0 {
            return f.write_str("the catalogue has no endpoints");
        }
        if self.failures.is_empty() {
            let s = if self.endpoints == 1 { "" } else { "s" };
            let (calls, endpoints) = (self.calls, self.endpoints);
            return write!(
                f,
                "{calls} calls of {endpoints} endpoint{s}, every answer right"
            );
        }
        let lines: Vec<String> = self.failures.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
