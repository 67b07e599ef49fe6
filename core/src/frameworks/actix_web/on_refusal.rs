//! Custom responses to refusals in actix-web, for the whole program or for one app or scope.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, OnRefusal as SharedOnRefusal, ProgramOnRefusal};
use crate::access::refusal::Refusal;
#[cfg(feature = "quota")]
use crate::frameworks::actix_web::quota_headers::copy_headers;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &HttpRequest) -> HttpResponse + Send + Sync;

/// The program-wide function that responds to refusals, if one is set.
static PROGRAM_ON_REFUSAL: ProgramOnRefusal<Respond> = ProgramOnRefusal::new();

/// Creates a middleware that responds to the refusals in one app, scope or resource with your own status,
/// headers and body.
///
/// Your function gets the refusal and the request, but it can't let the call through. It takes
/// precedence over the function passed to [`set_on_refusal`], and an inner middleware takes precedence
/// over an outer one.
///
/// The middleware also responds to a [`Denied`] that a handler returns, for example with
/// `pass.require(Tier::Pro)?`. If the handler returns your own error type, the `error_response` of that
/// type must return the response of the [`Denied`].
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use tiergate::Problem;
///
/// let plain = web::scope("/plain")
///     // …
///     .wrap(tiergate::actix_web::on_refusal(|refusal, _request| {
///         HttpResponse::PaymentRequired().body(refusal.to_string())
///     }));
/// let app = App::new().service(plain).wrap(tiergate::actix_web::on_refusal(
///     |refusal, request| {
///         Problem::new(refusal)
///             .instance(request.path())
///             .upgrade_url("https://example.com/plans")
///             .into()
///     },
/// ));
/// ```
pub fn on_refusal<F>(respond: F) -> OnRefusal
where
    F: Fn(&Refusal, &HttpRequest) -> HttpResponse + Send + Sync + 'static,
{
    OnRefusal::of_router(Arc::new(respond))
}

/// Sets the program-wide function that responds to refusals with your own status, headers and body.
/// Call it once, before you create the apps.
///
/// The function also responds to a [`Denied`] that a handler returns, if the handler was mounted by a
/// catalogue's `configure`.
///
/// # Errors
/// Returns [`AlreadySet`] if a function was set before. The first function stays in effect.
///
/// ```
/// use actix_web::HttpResponse;
/// use tiergate::Problem;
///
/// tiergate::actix_web::set_on_refusal(|refusal, request| {
///     Problem::new(refusal)
///         .instance(request.path())
///         .upgrade_url("https://example.com/plans")
///         .into()
/// })?;
/// assert!(tiergate::actix_web::set_on_refusal(|_, _| HttpResponse::Ok().finish()).is_err());
/// # Ok::<(), tiergate::actix_web::AlreadySet>(())
/// ```
pub fn set_on_refusal<F>(respond: F) -> Result<(), AlreadySet>
where
    F: Fn(&Refusal, &HttpRequest) -> HttpResponse + Send + Sync + 'static,
{
    PROGRAM_ON_REFUSAL.set(Arc::new(respond))
}

/// Returns the response of the app's function or of the program-wide function, if either is set.
pub(super) fn custom_response(refusal: &Refusal, request: &HttpRequest) -> Option<HttpResponse> {
    let app = request.extensions().get::<OnRefusal>().cloned();
    let respond = PROGRAM_ON_REFUSAL.effective_respond(app.as_ref().map(|app| &app.respond))?;
    Some(respond(refusal, request))
}

/// Returns a middleware that responds with the program-wide function, if [`set_on_refusal`] was called.
pub(super) fn program_on_refusal() -> Option<OnRefusal> {
    PROGRAM_ON_REFUSAL.layer()
}

/// Marks the response of a handler that returned a [`Denied`]. The [`OnRefusal`] middleware around the
/// handler looks for this mark. If the application's own error type wraps the [`Denied`], the mark is
/// kept as long as that type returns the response of the [`Denied`].
#[derive(Clone, Copy)]
pub(super) struct DeniedByHandler(pub(super) Denied);

/// The middleware that [`on_refusal`] creates.
pub type OnRefusal = SharedOnRefusal<Respond>;

impl<S, B> Transform<S, ServiceRequest> for OnRefusal
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = Refusing<S>;
    type InitError = ();
    type Future = Ready<Result<Refusing<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Refusing {
            inner,
            on_refusal: self.clone(),
        }))
    }
}

/// The service that [`OnRefusal`] creates.
#[derive(Debug)]
pub struct Refusing<S> {
    inner: S,
    on_refusal: OnRefusal,
}

type ResponseFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl<S, B> Service<ServiceRequest> for Refusing<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = ResponseFuture<Self::Response>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // The function of an app or scope takes precedence over the program-wide function.
        let is_overridden =
            self.on_refusal.is_of_program && request.extensions().get::<OnRefusal>().is_some();
        let on_refusal = (!is_overridden).then(|| self.on_refusal.clone());
        if let Some(on_refusal) = &on_refusal {
            request.extensions_mut().insert(on_refusal.clone());
        }
        let inner = self.inner.call(request);
        Box::pin(async move {
            let response = inner.await?;
            let denied = response.response().extensions().get().copied();
            let (Some(DeniedByHandler(denied)), Some(on_refusal)) = (denied, on_refusal) else {
                return Ok(response.map_into_left_body());
            };
            #[cfg_attr(not(feature = "quota"), allow(unused_mut))]
            let mut refusal_response =
                (on_refusal.respond)(&Refusal::from(denied), response.request());
            // The quotas may be a middleware inside this one.
            #[cfg(feature = "quota")]
            copy_headers(response.headers(), refusal_response.headers_mut());
            Ok(response.into_response(refusal_response.map_into_right_body()))
        })
    }
}
