//! `TierLayer` as a middleware of poem.

use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::telemetry;
use crate::endpoint::gated::Gated;
use crate::frameworks::shared::Question;
use crate::source::Caller;
use crate::source::layer::TierLayer;
use crate::tier::Tier;
use poem::http::StatusCode;
use poem::{Endpoint, Error, FromRequest, Middleware, Request, RequestBody};
use std::fmt;
use std::sync::Arc;

/// Adds a tier lookup to one route or to a group of routes.
///
/// A [`Credential::function`](crate::source::Credential::function) sees the request's extensions.
///
/// ```
/// use poem::{EndpointExt, Route, get, handler};
/// use tiergate::source::{ApiKey, Caller, Credential};
/// use tiergate::{TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[handler]
/// fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let app = Route::new().at("/export", get(export)).with(tiers);
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # use poem::{Endpoint, Request};
/// let request = Request::builder().uri_str("/export").header("x-api-key", "a-key").finish();
/// assert_eq!(app.get_response(request).await.status(), 200);
/// let request = Request::builder().uri_str("/export").finish();
/// assert_eq!(app.get_response(request).await.status(), 401);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
impl<E: Endpoint, T: Tier> Middleware<E> for TierLayer<T> {
    type Output = TierEndpoint<E, T>;

    fn transform(&self, inner: E) -> Self::Output {
        TierEndpoint {
            inner,
            layer: self.clone(),
        }
    }
}

/// The endpoint that [`TierLayer`] creates.
pub struct TierEndpoint<E, T> {
    inner: E,
    layer: TierLayer<T>,
}

impl<E, T> fmt::Debug for TierEndpoint<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierEndpoint").finish_non_exhaustive()
    }
}

impl<E: Endpoint, T: Tier> Endpoint for TierEndpoint<E, T> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let question = Question::new(self.layer.settings.clone());
        request.extensions_mut().remove::<Subscriber<T>>();
        request.extensions_mut().insert(question);
        self.inner.call(request).await
    }
}

/// Looks up the caller if the request passed a [`TierLayer`], and reports the check to telemetry.
pub(crate) async fn look_up<E: Gated>(
    request: &Request,
    admitted: Result<Guard<E>, Refusal>,
) -> Result<Guard<E>, Refusal> {
    let question = request.extensions().get::<Arc<Question<E::Tier>>>();
    let checked = match (admitted, question) {
        (Err(Refusal::MissingLayer(_)), Some(question)) => {
            question.check(|| Some(head(request))).await
        }
        (admitted, _) => admitted,
    };
    telemetry::checked(&checked, || question?.name());
    checked
}

fn head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = crate::frameworks::poem::uri::whole_uri(request).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}

/// Extracts the caller in a parameter after the guard. Responds with 500 if no guard has looked up the
/// caller.
impl<'a, T: Tier> FromRequest<'a> for Caller<T> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let question = request.extensions().get::<Arc<Question<T>>>();
        question
            .and_then(|question| question.caller())
            .ok_or_else(|| Error::from_status(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
