//! Makes a coverage test's calls, one at a time.

use crate::access::observer::Observer;
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::testing::coverage::Coverage;
use crate::testing::coverage::callers::{callers_of, expected};
use crate::testing::coverage::check_response::{TestResponse, check_response};
use crate::testing::coverage::test_call::Call;
use crate::testing::coverage::test_caller::{Imitation, TestCaller};
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

/// The default timeout of each call.
const DEFAULT_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A coverage test that runs when you await it. Created by [`Coverage::of`].
///
/// ```
/// use axum::extract::Request;
/// use axum::http::{Method, StatusCode};
/// use axum::middleware::{self, Next};
/// use axum::response::Response;
/// use std::time::Duration;
/// use tiergate::coverage::Coverage;
/// use tiergate::{Catalogue, Caller, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/units")]
/// async fn units() {}
///
/// #[requires_tier(public = "callers have no credentials before they log in", post = "/login")]
/// async fn login() -> StatusCode {
///     StatusCode::UNAUTHORIZED
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units, login))]
/// struct Api;
///
/// # async fn authenticate(mut request: Request, next: Next) -> Response {
/// #     let caller = match request.headers().contains_key("x-api-key") {
/// #         true => Caller::<Tier>::unknown(),
/// #         false => Caller::new(Tier::Free),
/// #     };
/// #     request.extensions_mut().insert(caller);
/// #     next.run(request).await
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let app = Api::router().layer(middleware::from_fn(authenticate));
/// # let request = |call: &tiergate::coverage::Call<Tier>| {
/// #     let mut request = call.request();
/// #     if matches!(call.caller(), tiergate::coverage::TestCaller::BadCredentials) {
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
#[must_use = "the test does nothing until it is awaited"]
pub struct CoverageRun<'a, C: Catalogue> {
    app: Router,
    request: Box<MakeRequest<'a, C::Tier>>,
    anonymous: Option<C::Tier>,
    accepted: Vec<(Endpoint, StatusCode)>,
    timeout: Duration,
}

type MakeRequest<'a, T> = dyn FnMut(&Call<T>) -> Request + 'a;

impl<'a, C: Catalogue> CoverageRun<'a, C> {
    pub(super) fn new(app: Router, request: impl FnMut(&Call<C::Tier>) -> Request + 'a) -> Self {
        Self {
            app,
            request: Box::new(request),
            anonymous: None,
            accepted: Vec::new(),
            timeout: DEFAULT_CALL_TIMEOUT,
        }
    }

    /// Declares that the application treats callers without credentials as if they had this tier.
    pub fn anonymous(mut self, tier: C::Tier) -> Self {
        self.anonymous = Some(tier);
        self
    }

    /// Accepts a status that an endpoint's handler itself returns, for any caller. For example, a login
    /// refuses a wrong password with 401, and a link to a missing page returns 404. `method` and `path`
    /// are the endpoint's HTTP method and path template.
    ///
    /// The test can't verify that the status comes from the handler and not from another part of the
    /// application. Prefer a request that makes the handler succeed, because such a request tests more.
    ///
    /// # Panics
    /// Panics if the catalogue has no such endpoint.
    // `method` is taken by value, because users nearly always pass a constant such as `Method::GET`.
    #[allow(clippy::needless_pass_by_value)]
    #[track_caller]
    pub fn accept(mut self, method: Method, path: &str, status: StatusCode) -> Self {
        let mut endpoints = C::endpoints().iter();
        let has_this_route = |endpoint: &&Endpoint| {
            endpoint.method() == Some(method.as_str()) && endpoint.path() == Some(path)
        };
        let Some(endpoint) = endpoints.find(has_this_route) else {
            panic!(
                "the catalogue has no endpoint `{method} {path}`; use the method and the template of one of its endpoints"
            );
        };
        self.accepted.push((*endpoint, status));
        self
    }

    /// Sets each call's timeout. The default is 10 seconds. If a call times out, the endpoint fails.
    /// The test can't interrupt a handler that blocks its thread.
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
        for endpoint in C::endpoints() {
            if endpoint.route().is_none() {
                let problem = "has no route, so it cannot be called".to_owned();
                coverage.record_failure(*endpoint, problem);
                continue;
            }
            for imitation in callers_of(*endpoint) {
                let request = (self.request)(&Call {
                    endpoint,
                    imitation,
                });
                coverage.calls += 1;
                if let Err(problem) = self.make_test_call(*endpoint, imitation, request).await {
                    coverage.record_failure(*endpoint, problem);
                }
            }
        }
        coverage
    }

    /// Makes one call and checks the response.
    ///
    /// # Errors
    /// Returns a description of what is wrong.
    async fn make_test_call(
        &self,
        endpoint: Endpoint,
        imitation: Imitation<C::Tier>,
        request: Request,
    ) -> Result<(), String> {
        let (method, uri) = (request.method(), request.uri());
        if C::find(method.as_str(), uri.path()) != Some(&endpoint) {
            return Err(format!(
                "was not called with {imitation}: the test's request is for {method} {uri}"
            ));
        }
        let sending = send_test_request(self.app.clone(), request);
        let mut response = match tokio::time::timeout(self.timeout, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => {
                return Err(format!(
                    "panicked when called with {imitation}: {}",
                    panic_message(&*panic)
                ));
            }
            Err(_) => {
                let timeout = self.timeout;
                return Err(format!(
                    "did not answer within {timeout:?} when called with {imitation}"
                ));
            }
        };
        response.is_accepted = self.accepted.contains(&(endpoint, response.status));
        let caller = imitation.identified(self.anonymous);
        let expected = expected(endpoint, &caller).refusal();
        let effective_caller = match (imitation.caller, self.anonymous) {
            (TestCaller::Nobody, Some(tier)) => TestCaller::Tier(tier),
            (caller, _) => caller,
        };
        check_response(endpoint, effective_caller, expected.as_ref(), &response).map_err(
            |problem| {
                format!(
                    "{problem} when called with {imitation} ({})",
                    response.status
                )
            },
        )
    }
}

impl<'a, C: Catalogue + 'a> IntoFuture for CoverageRun<'a, C> {
    type Output = Coverage;
    type IntoFuture = Pin<Box<dyn Future<Output = Coverage> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<C: Catalogue> fmt::Debug for CoverageRun<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoverageRun")
            .field("accepted", &self.accepted)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Sends a request to the application and records the guards' decisions.
///
/// # Errors
/// Returns the panic's payload if a handler panics.
async fn send_test_request(
    mut app: Router,
    mut request: Request,
) -> Result<TestResponse, Box<dyn Any + Send>> {
    let observer = Observer::default();
    request.extensions_mut().insert(observer.clone());
    let mut response = pin!(async {
        match poll_fn(|context| Service::<Request>::poll_ready(&mut app, context)).await {
            Ok(()) => app.call(request).await,
            Err(never) => match never {},
        }
    });
    let response = poll_fn(|context| {
        // Like a server, the test keeps running after a handler panics. The handler must keep its state
        // consistent after a panic, as it must in a server.
        let poll = catch_unwind(AssertUnwindSafe(|| response.as_mut().poll(context)));
        match poll {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    });
    let status = match response.await? {
        Ok(response) => response.status(),
        Err(never) => match never {},
    };
    Ok(TestResponse {
        status,
        decisions: observer.decisions(),
        is_accepted: false,
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let message = panic.downcast_ref::<&str>().copied();
    message
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("the panic has no message")
}
