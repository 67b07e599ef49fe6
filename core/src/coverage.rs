//! For tests (feature `coverage`): calls every endpoint of a catalogue as every tier, as nobody, and
//! with bad credentials.
//!
//! The guard itself tells what it decided, so that it does not matter how the application answers
//! refusals, nor what a handler thinks of a request without a body.

use crate::{Catalogue, Endpoint, Refusal, Tier};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Extensions, HeaderValue, Method, StatusCode, Uri};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use tower_service::Service;

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
    /// the lowest first. `request` makes the request of each call.
    ///
    /// | endpoint | caller | right is |
    /// | --- | --- | --- |
    /// | gated | a tier that it allows | its guard lets the call through, and the answer is no 5xx |
    /// | gated | a lower tier | its guard refuses |
    /// | gated | nobody, bad credentials | its guard refuses the unknown caller, or a layer in front of it does: 4xx, but no 404 or 405 |
    /// | open | any tier, nobody | no 401, 403, 404, 405 or 5xx |
    /// | open | bad credentials | no 404, 405 or 5xx |
    ///
    /// The handlers run for real, in the catalogue's order.
    pub async fn of<C: Catalogue>(
        app: Router,
        request: impl FnMut(&Call<C::Tier>) -> Request,
    ) -> Self {
        Self::run::<C>(None, app, request).await
    }

    /// The same, for an application that serves a caller without credentials as one of this tier.
    pub async fn with_anonymous<C: Catalogue>(
        anonymous: C::Tier,
        app: Router,
        request: impl FnMut(&Call<C::Tier>) -> Request,
    ) -> Self {
        Self::run::<C>(Some(anonymous), app, request).await
    }

    async fn run<C: Catalogue>(
        anonymous: Option<C::Tier>,
        app: Router,
        mut request: impl FnMut(&Call<C::Tier>) -> Request,
    ) -> Self {
        let mut coverage = Self {
            endpoints: C::endpoints().len(),
            calls: 0,
            failures: Vec::new(),
        };
        let tiers = C::Tier::ALL.iter().copied().map(Caller::Tier);
        let callers: Vec<_> = [Caller::Nobody, Caller::BadCredentials]
            .into_iter()
            .chain(tiers)
            .collect();
        for endpoint in C::endpoints() {
            if endpoint.route().is_none() {
                coverage.fail(
                    *endpoint,
                    "has no route, and so cannot be reached".to_owned(),
                );
                continue;
            }
            for &caller in &callers {
                let request = request(&Call { endpoint, caller });
                coverage.calls += 1;
                let found = C::find(request.method().as_str(), request.uri().path());
                if found != Some(endpoint) {
                    let (method, uri) = (request.method(), request.uri());
                    let what = format!(
                        "was not called as {caller}: the test's request is for {method} {uri}"
                    );
                    coverage.fail(*endpoint, what);
                    continue;
                }
                let answer = call(app.clone(), request).await;
                let known = match (caller, anonymous) {
                    (Caller::Nobody, Some(tier)) => Caller::Tier(tier),
                    _ => caller,
                };
                if let Err(what) = judge(*endpoint, known, &answer) {
                    coverage.fail(*endpoint, format!("{what} as {caller} ({})", answer.status));
                }
            }
        }
        coverage
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

/// What came of a call.
struct Answer {
    status: StatusCode,
    decisions: Vec<Decision>,
}

/// What a guard decided.
#[derive(Clone, Copy)]
enum Decision {
    Passed(Endpoint),
    Refused(Refusal),
}

/// Put into a request's extensions, it is told what guards decide.
#[derive(Clone, Default)]
struct Observer(Arc<Mutex<Vec<Decision>>>);

/// Tells an observer, if there is one, what a guard decided.
pub(crate) fn observe<T>(
    extensions: &Extensions,
    endpoint: Endpoint,
    checked: &Result<T, Refusal>,
) {
    if let Some(Observer(decisions)) = extensions.get() {
        let decision = match checked {
            Ok(_) => Decision::Passed(endpoint),
            Err(refusal) => Decision::Refused(*refusal),
        };
        let mut decisions = decisions.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.push(decision);
    }
}

async fn call(mut app: Router, mut request: Request) -> Answer {
    let observer = Observer::default();
    request.extensions_mut().insert(observer.clone());
    let ready = poll_fn(|context| Service::<Request>::poll_ready(&mut app, context)).await;
    let response = match ready {
        Ok(()) => match app.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Err(never) => match never {},
    };
    let decisions = observer.0.lock().unwrap_or_else(PoisonError::into_inner);
    Answer {
        status: response.status(),
        decisions: decisions.clone(),
    }
}

/// # Errors
/// What is wrong with an answer, if anything is.
fn judge<T: Tier>(
    endpoint: Endpoint,
    caller: Caller<T>,
    answer: &Answer,
) -> Result<(), &'static str> {
    let status = answer.status;
    let is_missing = status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED;
    let is_refusal = status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN;
    if endpoint.public_reason().is_some() {
        return match caller {
            _ if is_missing => Err("could not be reached"),
            _ if status.is_server_error() => Err("failed"),
            Caller::BadCredentials => Ok(()),
            _ if is_refusal || !answer.decisions.is_empty() => Err("is open, and refused"),
            _ => Ok(()),
        };
    }
    // Whatever else a handler calls, its own guard is asked first.
    let decision = answer.decisions.first();
    let is_allowed = match caller {
        Caller::Tier(tier) => endpoint.allows_rank(tier.rank()),
        Caller::Nobody | Caller::BadCredentials => false,
    };
    match decision {
        Some(Decision::Refused(refusal)) if refusal.endpoint() != endpoint => {
            Err("was taken for another endpoint")
        }
        Some(Decision::Passed(other)) if *other != endpoint => {
            Err("was taken for another endpoint")
        }
        Some(Decision::Refused(Refusal::MissingLayer(_))) => {
            Err("has no authentication layer, and refused")
        }
        Some(Decision::Passed(_)) if !is_allowed => Err("let the call through"),
        Some(Decision::Passed(_)) if status.is_server_error() => Err("failed"),
        Some(Decision::Passed(_)) => Ok(()),
        Some(Decision::Refused(_)) if is_allowed => Err("refused"),
        Some(Decision::Refused(_)) if status.is_success() => {
            Err("refused, and was answered with a success,")
        }
        Some(Decision::Refused(Refusal::Denied(_))) => match caller {
            Caller::Tier(_) => Ok(()),
            _ => Err("was called by a subscriber"),
        },
        Some(Decision::Refused(Refusal::UnknownCaller(_))) => match caller {
            Caller::Tier(_) => Err("did not know the caller"),
            _ => Ok(()),
        },
        Some(Decision::Refused(Refusal::NoSubscription(_))) => {
            Err("found a caller without a subscription")
        }
        Some(Decision::Refused(Refusal::SourceUnavailable { .. })) => {
            Err("could not look the caller's tier up")
        }
        Some(Decision::Refused(Refusal::UnreadableTier(_))) => {
            Err("could not read the caller's tier")
        }
        None => match caller {
            Caller::Tier(_) => Err("could not be reached"),
            _ if is_missing || !status.is_client_error() => Err("could not be reached"),
            _ => Ok(()),
        },
    }
}
