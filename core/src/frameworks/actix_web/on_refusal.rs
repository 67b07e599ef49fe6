//! How an application replaces the answer to a refusal, for the program, or for one app or scope.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, Program};
use crate::access::refusal::Refusal;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &HttpRequest) -> HttpResponse + Send + Sync;

/// How the whole program answers refusals, if not by the problem document.
static PROGRAM: Program<Respond> = Program::new();

/// A middleware that answers the refusals of one app, scope or resource: status, headers and body.
///
/// It replaces what [`set_on_refusal`] set for the program; of two, one in the other, the inner one
/// answers. The function gets the refusal and the request, and cannot let the call through. It also
/// answers a [`Denied`] that a handler returned, as of `pass.require(Tier::Pro)?`. If the handler has an
/// error type of its own, its `error_response` has to return that of the [`Denied`].
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
    OnRefusal {
        respond: Arc::new(respond),
        is_of_program: false,
    }
}

/// Answers the refusals of the whole program: status, headers and body. Called once, at the start,
/// before the apps are made.
///
/// A [`Denied`] that a handler returned is answered by it too, if the handler was mounted by the
/// `configure` of a catalogue.
///
/// # Errors
/// [`AlreadySet`], if it was called before; the first function stays.
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
    PROGRAM.set(Arc::new(respond))
}

/// The answer of the app or of the program, if one of them replaces it.
pub(super) fn replaced(refusal: &Refusal, request: &HttpRequest) -> Option<HttpResponse> {
    let app = request.extensions().get::<OnRefusal>().cloned();
    let respond = PROGRAM.behind(app.as_ref().map(|app| &app.respond))?;
    Some(respond(refusal, request))
}

/// What the program replaces, if it does, of the answers of handlers.
pub(super) fn of_program() -> Option<OnRefusal> {
    PROGRAM.get().map(|respond| OnRefusal {
        respond: respond.clone(),
        is_of_program: true,
    })
}

/// Left in a response by a handler that refused, for the middleware around it. A handler's own error
/// type passes it on with the response.
#[derive(Clone, Copy)]
pub(super) struct FromHandler(pub(super) Denied);

/// The middleware that [`on_refusal`] makes.
#[derive(Clone)]
pub struct OnRefusal {
    respond: Arc<Respond>,
    is_of_program: bool,
}

impl fmt::Debug for OnRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnRefusal").finish_non_exhaustive()
    }
}

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

/// A service whose refusals are answered by [`OnRefusal`].
#[derive(Debug)]
pub struct Refusing<S> {
    inner: S,
    on_refusal: OnRefusal,
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl<S, B> Service<ServiceRequest> for Refusing<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = Answer<Self::Response>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // The program stands behind every app.
        let is_outdone =
            self.on_refusal.is_of_program && request.extensions().get::<OnRefusal>().is_some();
        let on_refusal = (!is_outdone).then(|| self.on_refusal.clone());
        if let Some(on_refusal) = &on_refusal {
            request.extensions_mut().insert(on_refusal.clone());
        }
        let inner = self.inner.call(request);
        Box::pin(async move {
            let response = inner.await?;
            let denied = response.response().extensions().get().copied();
            let (Some(FromHandler(denied)), Some(on_refusal)) = (denied, on_refusal) else {
                return Ok(response.map_into_left_body());
            };
            let answer = (on_refusal.respond)(&Refusal::from(denied), response.request());
            Ok(response.into_response(answer.map_into_right_body()))
        })
    }
}
