//! The calls of a test, one after the other.

use crate::access::observer::Observer;
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::testing::coverage::answer::{Answer, judge};
use crate::testing::coverage::{Call, Caller, Coverage};
use crate::tier::Tier;
use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use std::any::Any;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;
use tower_service::Service;

/// How long a call may take, if nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls that are to be made: see [`Coverage::of`]. Awaited, it makes them.
///
/// ```
/// use axum::extract::Request;
/// use axum::http::{Method, StatusCode};
/// use axum::middleware::{self, Next};
/// use axum::response::Response;
/// use std::time::Duration;
/// use tiergate::coverage::Coverage;
/// use tiergate::{Catalogue, Subscriber, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/units")]
/// async fn units() {}
///
/// #[requires_tier(public = "who logs in is not yet known", post = "/login")]
/// async fn login() -> StatusCode {
///     StatusCode::UNAUTHORIZED
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units, login))]
/// struct Api;
///
/// # async fn authenticate(mut request: Request, next: Next) -> Response {
/// #     let subscriber = match request.headers().contains_key("x-api-key") {
/// #         true => Subscriber::<Tier>::unknown(),
/// #         false => Subscriber::new(Tier::Free),
/// #     };
/// #     request.extensions_mut().insert(subscriber);
/// #     next.run(request).await
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let app = Api::router().layer(middleware::from_fn(authenticate));
/// # let request = |call: &tiergate::coverage::Call<Tier>| {
/// #     let mut request = call.request();
/// #     if matches!(call.caller(), tiergate::coverage::Caller::BadCredentials) {
/// #         request.headers_mut().insert("x-api-key", "wrong".parse().expect("a header"));
/// #     }
/// #     request
/// # };
/// let coverage = Coverage::of::<Api>(app, request)
///     .anonymous(Tier::Free)
///     .accept(Method::POST, "/login", StatusCode::UNAUTHORIZED)
///     .timeout(Duration::from_secs(2))
///     .await;
/// coverage.assert_complete();
/// # }
/// ```
#[must_use = "calls nothing until it is awaited"]
pub struct Run<'a, C: Catalogue> {
    app: Router,
    request: Box<MakeRequest<'a, C::Tier>>,
    anonymous: Option<C::Tier>,
    accepted: Vec<(Endpoint, StatusCode)>,
    timeout: Duration,
}

type MakeRequest<'a, T> = dyn FnMut(&Call<T>) -> Request + 'a;

impl<'a, C: Catalogue> Run<'a, C> {
    pub(super) fn new(app: Router, request: impl FnMut(&Call<C::Tier>) -> Request + 'a) -> Self {
        Self {
            app,
            request: Box::new(request),
            anonymous: None,
            accepted: Vec::new(),
            timeout: TIMEOUT,
        }
    }

    /// The application serves a caller without credentials as one of this tier.
    pub fn anonymous(mut self, tier: C::Tier) -> Self {
        self.anonymous = Some(tier);
        self
    }

    /// The endpoint of this method and template answers with this status by itself, whoever calls,
    /// and that is right: a login that refuses a wrong password with 401, or a link to something that
    /// is not there with 404.
    ///
    /// Of such an answer nothing tells whether it is the endpoint's own. A request that makes an
    /// endpoint answer in the usual way tests more.
    ///
    /// # Panics
    /// If the catalogue has no such endpoint.
    // A method is a constant nearly always, and `&Method::GET` would be a word more.
    #[allow(clippy::needless_pass_by_value)]
    #[track_caller]
    pub fn accept(mut self, method: Method, path: &str, status: StatusCode) -> Self {
        let mut endpoints = C::endpoints().iter();
        let is_it = |endpoint: &&Endpoint| {
            endpoint.method() == Some(method.as_str()) && endpoint.path() == Some(path)
        };
        let Some(endpoint) = endpoints.find(is_it) else {
            panic!("no endpoint of the catalogue is `{method} {path}`, so it answers nothing");
        };
        self.accepted.push((*endpoint, status));
        self
    }

    /// How long a call may take, until the endpoint is said not to answer: 10 seconds, if nothing
    /// else is said. A handler that blocks its thread is not interrupted.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn run(mut self) -> Coverage {
        let mut coverage = Coverage {
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
                let what = "has no route, and so cannot be reached".to_owned();
                coverage.fail(*endpoint, what);
                continue;
            }
            for &caller in &callers {
                let request = (self.request)(&Call { endpoint, caller });
                coverage.calls += 1;
                if let Err(what) = self.call(*endpoint, caller, request).await {
                    coverage.fail(*endpoint, what);
                }
            }
        }
        coverage
    }

    /// # Errors
    /// What was wrong with the answer.
    async fn call(
        &self,
        endpoint: Endpoint,
        caller: Caller<C::Tier>,
        request: Request,
    ) -> Result<(), String> {
        let (method, uri) = (request.method(), request.uri());
        if C::find(method.as_str(), uri.path()) != Some(&endpoint) {
            return Err(format!(
                "was not called as {caller}: the test's request is for {method} {uri}"
            ));
        }
        let called = tokio::time::timeout(self.timeout, call(self.app.clone(), request));
        let mut answer = match called.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => return Err(format!("panicked as {caller}: {}", message(&*panic))),
            Err(_) => {
                let timeout = self.timeout;
                return Err(format!("did not answer within {timeout:?} as {caller}"));
            }
        };
        answer.is_accepted = self.accepted.contains(&(endpoint, answer.status));
        let known = match (caller, self.anonymous) {
            (Caller::Nobody, Some(tier)) => Caller::Tier(tier),
            _ => caller,
        };
        judge(endpoint, known, &answer)
            .map_err(|what| format!("{what} as {caller} ({})", answer.status))
    }
}

impl<'a, C: Catalogue + 'a> IntoFuture for Run<'a, C> {
    type Output = Coverage;
    type IntoFuture = Pin<Box<dyn Future<Output = Coverage> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<C: Catalogue> fmt::Debug for Run<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("accepted", &self.accepted)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// # Errors
/// What was panicked with.
async fn call(mut app: Router, mut request: Request) -> Result<Answer, Box<dyn Any + Send>> {
    let observer = Observer::default();
    request.extensions_mut().insert(observer.clone());
    let mut answered = pin!(async {
        match poll_fn(|context| Service::<Request>::poll_ready(&mut app, context)).await {
            Ok(()) => app.call(request).await,
            Err(never) => match never {},
        }
    });
    let answered = poll_fn(|context| {
        // What a panic leaves behind is the handler's matter, as in a server that goes on.
        let poll = catch_unwind(AssertUnwindSafe(|| answered.as_mut().poll(context)));
        match poll {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    });
    let status = match answered.await? {
        Ok(response) => response.status(),
        Err(never) => match never {},
    };
    Ok(Answer {
        status,
        decisions: observer.decisions(),
        is_accepted: false,
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
