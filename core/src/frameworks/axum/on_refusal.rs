//! How an application replaces the answer to a refusal, for the program or for one router.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, Program};
use crate::access::refusal::Refusal;
use crate::frameworks::axum::uri::whole_uri;
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Response;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

type Respond = dyn Fn(&Refusal, &Parts) -> Response + Send + Sync;

/// How the whole program answers refusals, if not by the problem document.
static PROGRAM: Program<Respond> = Program::new();

/// A layer that answers the refusals of one router: status, headers and body.
///
/// It replaces what [`set_on_refusal`] set for the program. The function gets the refusal and the
/// request's head, with the path that the caller wrote, also in a nested router, and cannot let the
/// call through. It also answers a [`Denied`] that a handler returned, as of `pass.require(Tier::Pro)?`;
/// the head then has no extensions, as the handler has used the request up.
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
    OnRefusal {
        respond: Arc::new(respond),
        is_of_program: false,
    }
}

/// Answers the refusals of the whole program: status, headers and body. Called once, at the start,
/// before the routers are made.
///
/// The function gets the refusal and the request's head, as that of [`on_refusal`] does. A
/// [`Denied`] that a handler returned is answered by it too, if the handler was mounted by the
/// `router()` of a catalogue.
///
/// # Errors
/// [`AlreadySet`], if it was called before; the first function stays.
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
    PROGRAM.set(Arc::new(respond))
}

/// The answer of the router or of the program, if one of them replaces it.
pub(super) fn replaced(refusal: &Refusal, parts: &Parts) -> Option<Response> {
    let router = parts.extensions.get::<OnRefusal>();
    let respond = PROGRAM.behind(router.map(|router| &router.respond))?;
    let whole = whole_uri(&parts.extensions, &parts.uri);
    if *whole == parts.uri {
        return Some(respond(refusal, parts));
    }
    let mut head = parts.clone();
    head.uri = whole.clone();
    Some(respond(refusal, &head))
}

/// What the program replaces, if it does, of the answers of handlers.
pub(super) fn of_program() -> Option<OnRefusal> {
    PROGRAM.get().map(|respond| OnRefusal {
        respond: respond.clone(),
        is_of_program: true,
    })
}

/// Left in a response by a handler that refused, for the layer around it.
#[derive(Clone, Copy)]
pub(super) struct FromHandler(pub(super) Denied);

/// The layer that [`on_refusal`] makes.
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

impl<S> Layer<S> for OnRefusal {
    type Service = Refusing<S>;

    fn layer(&self, inner: S) -> Refusing<S> {
        Refusing {
            inner,
            on_refusal: self.clone(),
        }
    }
}

/// A service whose refusals are answered by [`OnRefusal`].
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
        // Of two routers, one in the other, the inner one decides; the program stands behind both.
        let is_outdone =
            self.on_refusal.is_of_program && request.extensions().get::<OnRefusal>().is_some();
        let replacement = (!is_outdone).then(|| {
            let head = head_of(&request);
            request.extensions_mut().insert(self.on_refusal.clone());
            (self.on_refusal.clone(), head)
        });
        Answer {
            inner: self.inner.call(request),
            replacement,
        }
    }
}

fn head_of<B>(request: &Request<B>) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = whole_uri(request.extensions(), request.uri()).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head
}

pin_project! {
    /// The answer of a service, replaced if its handler refused.
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
        let refused = response.extensions().get::<FromHandler>();
        let (Some(FromHandler(denied)), Some((on_refusal, head))) = (refused, this.replacement)
        else {
            return Poll::Ready(Ok(response));
        };
        let mut answer = (on_refusal.respond)(&Refusal::from(*denied), head);
        // What was replaced here is not replaced again by a layer further out.
        answer.extensions_mut().remove::<FromHandler>();
        Poll::Ready(Ok(answer))
    }
}
