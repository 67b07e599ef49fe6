//! `TierLayer` as a middleware of actix-web.

use super::TierLayer;
use super::shared::{self, Question};
use crate::{Gated, Guard, Refusal, Tier, observe};
use actix_web::dev::{Service, ServiceRequest, Transform};
use actix_web::{HttpMessage, HttpRequest};
use http::request::Parts;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

/// A middleware of actix-web, for an app or a scope. When a call was let through, the
/// [`Caller`](super::Caller) is in the request's extensions: `ReqData<Caller<Tier>>`. A function of
/// [`Credential::function`](super::Credential::function) sees the request's method, URI and headers.
///
/// ```
/// use actix_web::App;
/// use actix_web::web::ReqData;
/// use tiergate::source::{ApiKey, Caller, Credential};
/// use tiergate::{Catalogue, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// async fn export(caller: ReqData<Caller<Tier>>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let everybody = |_: &ApiKey| async { Ok(Some(Tier::Plus)) };
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
    observe::checked(&checked, || question.as_ref()?.name());
    if let Some(caller) = question.and_then(|question| question.caller()) {
        request.extensions_mut().insert(caller);
    }
    checked
}

fn head(request: &HttpRequest) -> Option<Parts> {
    let headers = request.headers().iter();
    shared::head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
    )
}
