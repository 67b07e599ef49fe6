//! `TierLayer` as a middleware of actix-web.

use super::shared::{self, Question};
use super::{Caller, TierLayer};
use crate::{Gated, Guard, Refusal, Subscriber, Tier, observe};
use actix_web::dev::{Payload, Service, ServiceRequest, Transform};
use actix_web::error::ErrorInternalServerError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use http::request::Parts;
use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A middleware of actix-web, for an app or a scope. A function of
/// [`Credential::function`](super::Credential::function) sees the request's method, URI and headers.
///
/// ```
/// use actix_web::App;
/// use tiergate::source::{ApiKey, Caller, Credential};
/// use tiergate::{Catalogue, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// async fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let app = App::new().wrap(tiers).configure(Api::configure);
///
/// # ::actix_web::rt::System::new().block_on(async {
/// use actix_web::test::{TestRequest, call_service, init_service};
/// let app = init_service(app).await;
/// let request = TestRequest::get().uri("/export").insert_header(("x-api-key", "a-key"));
/// assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
/// let request = TestRequest::get().uri("/export");
/// assert_eq!(call_service(&app, request.to_request()).await.status(), 401);
/// # });
/// ```
impl<S, T> Transform<S, ServiceRequest> for TierLayer<T>
where
    S: Service<ServiceRequest>,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Transform = TierMiddleware<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(TierMiddleware {
            inner,
            layer: self.clone(),
        }))
    }
}

/// What [`TierLayer`] makes of a service of actix-web.
pub struct TierMiddleware<S, T> {
    inner: S,
    layer: TierLayer<T>,
}

impl<S, T> fmt::Debug for TierMiddleware<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierMiddleware").finish_non_exhaustive()
    }
}

impl<S, T> Service<ServiceRequest> for TierMiddleware<S, T>
where
    S: Service<ServiceRequest>,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> S::Future {
        let question = Question::new(self.layer.settings.clone());
        request.extensions_mut().remove::<Subscriber<T>>();
        request.extensions_mut().insert(question);
        self.inner.call(request)
    }
}

/// Asks who is calling, if a [`TierLayer`] is there to ask, and tells of the check.
pub(crate) async fn look_up<E: Gated>(request: &HttpRequest) -> Result<Guard<E>, Refusal> {
    let question = request
        .extensions()
        .get::<Arc<Question<E::Tier>>>()
        .cloned();
    let checked = match &question {
        Some(question) => question.check(|| head(request)).await,
        None => Err(Refusal::MissingLayer(E::ENDPOINT)),
    };
    observe::checked(&checked, || question?.name());
    checked
}

/// The caller, as a parameter behind the guard. Where no guard has asked who is calling, it is an
/// error, 500.
impl<T: Tier> FromRequest for Caller<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let question = request.extensions().get::<Arc<Question<T>>>().cloned();
        Box::pin(async move {
            let caller = match question {
                Some(question) => question.caller_when_told().await,
                None => None,
            };
            caller.ok_or_else(|| ErrorInternalServerError("nobody was asked who is calling"))
        })
    }
}

fn head(request: &HttpRequest) -> Option<Parts> {
    let headers = request.headers().iter();
    shared::head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
    )
}
