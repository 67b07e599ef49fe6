//! Custom responses to refusals in axum, for the whole program or for one router.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, OnRefusal as SharedOnRefusal, ProgramOnRefusal};
use crate::access::refusal::Refusal;
use crate::frameworks::axum::whole_uri::whole_uri;
#[cfg(feature = "quota")]
use crate::frameworks::quota_headers::copy_headers;
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Response;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

type Respond = dyn Fn(&Refusal, &Parts) -> Response + Send + Sync;

/// The program-wide function that responds to refusals, if one is set.
static PROGRAM_ON_REFUSAL: ProgramOnRefusal<Respond> = ProgramOnRefusal::new();

/// Creates a layer that responds to one router's refusals with your own status, headers and body.
///
/// Your function gets the refusal and the request's head, but it can't let the call through. It takes
/// precedence over the function passed to [`set_on_refusal`]. In a nested router, the head contains the
/// whole path that the client sent.
///
/// The layer also responds to a [`Denied`] that a handler returns, for example with
/// `pass.require(Tier::Pro)?`. In this case, the head has no extensions, because the handler has
/// consumed the request.
///
/// ```
/// use axum::http::StatusCode;
/// use axum::response::IntoResponse;
/// use tiergate::Problem;
///
/// let app: axum::Router = axum::Router::new()
///     // …
///     .layer(tiergate::axum::on_refusal(|refusal, request| {
///         Problem::new(refusal)
///             .instance(request.uri.path())
///             .upgrade_url("https://example.com/plans")
///             .into_response()
///     }));
///
/// let plain: axum::Router = axum::Router::new()
///     // …
///     .layer(tiergate::axum::on_refusal(|refusal, _request| {
///         (StatusCode::PAYMENT_REQUIRED, refusal.to_string()).into_response()
///     }));
/// ```
pub fn on_refusal<F>(respond: F) -> OnRefusal
where
    F: Fn(&Refusal, &Parts) -> Response + Send + Sync + 'static,
{
    OnRefusal::of_router(Arc::new(respond))
}

/// Sets the program-wide function that responds to refusals with your own status, headers and body.
/// Call it once, before you create the routers.
///
/// The function gets the same arguments as the function passed to [`on_refusal`]. It also responds to a
/// [`Denied`] that a handler returns, if the handler was mounted by an
/// [`AuditedRouter`](super::AuditedRouter) or a catalogue's `router()`.
///
/// # Errors
/// Returns [`AlreadySet`] if a function was set before. The first function stays in effect.
///
/// ```
/// use axum::response::IntoResponse;
/// use tiergate::Problem;
///
/// tiergate::axum::set_on_refusal(|refusal, request| {
///     Problem::new(refusal)
///         .instance(request.uri.path())
///         .upgrade_url("https://example.com/plans")
///         .into_response()
/// })?;
/// assert!(tiergate::axum::set_on_refusal(|_, _| ().into_response()).is_err());
/// # Ok::<(), tiergate::axum::AlreadySet>(())
/// ```
pub fn set_on_refusal<F>(respond: F) -> Result<(), AlreadySet>
where
    F: Fn(&Refusal, &Parts) -> Response + Send + Sync + 'static,
{
    PROGRAM_ON_REFUSAL.set(Arc::new(respond))
}

/// Returns the response of the router's function or of the program-wide function, if either is set.
pub(super) fn custom_response(refusal: &Refusal, parts: &Parts) -> Option<Response> {
    let router = parts.extensions.get::<OnRefusal>();
    let respond = PROGRAM_ON_REFUSAL.effective_respond(router.map(|router| &router.respond))?;
    let original_uri = whole_uri(&parts.extensions, &parts.uri);
    if *original_uri == parts.uri {
        return Some(respond(refusal, parts));
    }
    let mut head = parts.clone();
    head.uri = original_uri.clone();
    Some(respond(refusal, &head))
}

/// Returns a layer that responds with the program-wide function, if [`set_on_refusal`] was called.
pub(super) fn program_on_refusal() -> Option<OnRefusal> {
    PROGRAM_ON_REFUSAL.layer()
}

/// Marks the response of a handler that returned a [`Denied`]. The [`OnRefusal`] layer around the
/// handler looks for this mark.
#[derive(Clone, Copy)]
pub(super) struct DeniedByHandler(pub(super) Denied);

/// The layer that [`on_refusal`] creates.
pub type OnRefusal = SharedOnRefusal<Respond>;

impl<S> Layer<S> for OnRefusal {
    type Service = Refusing<S>;

    fn layer(&self, inner: S) -> Refusing<S> {
        Refusing {
            inner,
            on_refusal: self.clone(),
        }
    }
}

/// The service that [`OnRefusal`] creates.
#[derive(Clone, Debug)]
pub struct Refusing<S> {
    inner: S,
    on_refusal: OnRefusal,
}

impl<S, B> Service<Request<B>> for Refusing<S>
where
    S: Service<Request<B>, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // An inner router's layer takes precedence over an outer router's layer. Both take precedence
        // over the program-wide function.
        let is_overridden =
            self.on_refusal.is_of_program && request.extensions().get::<OnRefusal>().is_some();
        let replacement = (!is_overridden).then(|| {
            let head = head_without_extensions(&request);
            request.extensions_mut().insert(self.on_refusal.clone());
            (self.on_refusal.clone(), head)
        });
        Answer {
            inner: self.inner.call(request),
            replacement,
        }
    }
}

fn head_without_extensions<B>(request: &Request<B>) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = whole_uri(request.extensions(), request.uri()).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head
}

pin_project! {
    /// The response future of the [`Refusing`] service. If the handler returned a `Denied`, the future
    /// replaces the inner service's response.
    #[derive(Debug)]
    pub struct Answer<F> {
        #[pin]
        inner: F,
        replacement: Option<(OnRefusal, Parts)>,
    }
}

impl<F, E> Future for Answer<F>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(context))?;
        let denied_by_handler = response.extensions().get::<DeniedByHandler>();
        let (Some(DeniedByHandler(denied)), Some((on_refusal, head))) =
            (denied_by_handler, this.replacement)
        else {
            return Poll::Ready(Ok(response));
        };
        let mut refusal_response = (on_refusal.respond)(&Refusal::from(*denied), head);
        // The quotas may be a layer inside this one.
        #[cfg(feature = "quota")]
        copy_headers(response.headers(), refusal_response.headers_mut());
        // Removes the mark, so that an outer layer doesn't replace this response again.
        refusal_response
            .extensions_mut()
            .remove::<DeniedByHandler>();
        Poll::Ready(Ok(refusal_response))
    }
}
