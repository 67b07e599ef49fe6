//! A test that calls every endpoint in a catalogue as every kind of caller that makes a difference: as
//! every tier, without credentials, with bad credentials, and with and without an add-on (feature
//! `coverage`).
//!
//! The test reads each guard's decision directly. The test therefore works even if refusals have custom
//! responses, or if a handler rejects requests without a body.

pub(crate) mod callers;
pub(crate) mod check_response;
pub(crate) mod coverage_run;
pub(crate) mod test_call;
pub(crate) mod test_caller;

pub use self::coverage_run::CoverageRun;
pub use self::test_call::Call;
pub use self::test_caller::TestCaller;

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use axum::Router;
use axum::extract::Request;
use std::fmt;

/// A coverage test's result: the number of calls, and the endpoints that failed.
///
/// ```
/// use axum::extract::Request;
/// use axum::middleware::{self, Next};
/// use axum::response::Response;
/// use tiergate::coverage::{TestCaller, Coverage};
/// use tiergate::{Catalogue, Caller, requires_tier};
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
///     let caller = tier.map_or(Caller::<Tier>::unknown(), Caller::new);
///     request.extensions_mut().insert(caller);
///     next.run(request).await
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let app = Api::router().layer(middleware::from_fn(authenticate));
/// let coverage = Coverage::of::<Api>(app, |call| {
///     let mut request = call.request();
///     let key = match call.caller() {
///         TestCaller::Tier(tier) => tier.name(),
///         TestCaller::Nobody => return request,
///         TestCaller::BadCredentials => "wrong",
///     };
///     request.headers_mut().insert("x-api-key", key.parse().expect("a header"));
///     request
/// })
/// .await;
/// coverage.assert_complete();
/// assert_eq!(coverage.to_string(), "4 calls to 1 endpoint, all answered correctly");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "call `assert_complete` to check the result"]
pub struct Coverage {
    endpoints: usize,
    calls: usize,
    failures: Vec<Failure>,
}

/// An endpoint that couldn't be reached or responded incorrectly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    endpoint: Endpoint,
    problem: String,
}

impl Failure {
    /// The endpoint that failed.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// Writes the endpoint and what went wrong.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.endpoint, self.problem)
    }
}

impl Coverage {
    /// Calls every endpoint in the catalogue without credentials, with bad credentials, and as every
    /// tier, starting with the lowest. `request` creates each call's request. Configure the returned
    /// [`CoverageRun`] and await it.
    ///
    /// | endpoint | caller | expected result |
    /// | --- | --- | --- |
    /// | gated | a tier that may call the endpoint | the guard lets the call through, and the status is not 5xx |
    /// | gated | a tier that is too low | the guard refuses the call |
    /// | gated | no credentials, bad credentials | the guard, or a layer in front of it, refuses the call: 4xx, but not 404 or 405 |
    /// | public | any tier, no credentials | any status except 401, 403, 404, 405 and 5xx |
    /// | public | bad credentials | any status except 404, 405 and 5xx |
    ///
    /// The expected result is that of [`Decision::of`](crate::Decision::of) without overrides. The test
    /// makes more calls to some endpoints, and `request` must create them with [`Call::features`] and
    /// [`Call::plan_version`]:
    ///
    /// | endpoint | calls |
    /// | --- | --- |
    /// | `feature = Radio` | as every tier with the add-on, and as the lowest allowed tier without it |
    /// | `or_feature = Radio` | as every tier without the add-on, and as the highest refused tier with it |
    /// | `#[requires_feature(Radio)]` | as the lowest tier with the add-on, and as the highest tier without it |
    /// | `until_version(n, Plus)` | also as the lowest allowed tier with the plan versions `n - 1` and `n`, and as the next lower tier with `n - 1` |
    ///
    /// The test runs the real handlers in the catalogue's order. If a handler panics or times out, the
    /// endpoint fails too.
    pub fn of<'a, C: Catalogue>(
        app: Router,
        request: impl FnMut(&Call<C::Tier>) -> Request + 'a,
    ) -> CoverageRun<'a, C> {
        CoverageRun::new(app, request)
    }

    fn record_failure(&mut self, endpoint: Endpoint, problem: String) {
        self.failures.push(Failure { endpoint, problem });
    }

    /// Returns whether the catalogue has endpoints and every response was correct.
    pub fn is_complete(&self) -> bool {
        self.endpoints > 0 && self.failures.is_empty()
    }

    /// Asserts that the test is [complete](Self::is_complete).
    ///
    /// # Panics
    /// Panics if an endpoint couldn't be reached or responded incorrectly. The message lists every such
    /// endpoint. Also panics if the catalogue is empty.
    #[track_caller]
    pub fn assert_complete(&self) {
        assert!(self.is_complete(), "{self}");
    }

    /// Returns the number of calls.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Returns the failures.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

/// Writes one line for each failure, or a summary if there are none.
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
                "{calls} calls to {endpoints} endpoint{s}, all answered correctly"
            );
        }
        let lines: Vec<String> = self.failures.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
