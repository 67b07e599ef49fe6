//! Replaces the response to a refusal, for the whole program or for one route.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, OnRefusal as SharedOnRefusal, Program};
use crate::access::refusal::Refusal;
use crate::frameworks::poem::uri::whole_uri;
use crate::frameworks::problem::Problem;
use poem::error::CorsError;
use poem::http::StatusCode;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{
    Body, Endpoint, Error, IntoResponse, Middleware, Request, RequestParts, Response, http,
};
use std::cell::Cell;
use std::error::Error as StdError;
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &Request) -> Response + Send + Sync;

/// The function that responds to refusals in the whole program, if one is set.
static PROGRAM: Program<Respond> = Program::new();

/// Creates a middleware that responds to the refusals of the routes inside it with your own status,
/// headers and body.
///
/// The function takes precedence over the one in [`set_on_refusal`], and an inner middleware over an
/// outer one. It gets the refusal and the request, and it can't let the call through.
///
/// The middleware also responds to a [`Denied`] that a handler returns, for example with
/// `pass.require(Tier::Pro)?`. In this case the request has no body and no extensions, because the
/// handler has consumed them. If the handler returns your own error type, its `as_response` must return
/// the response of the [`Denied`]. In addition, either its status must be that of the [`Denied`], or
/// its `source` must be the [`Denied`].
///
/// The middleware turns every error with the status 401 or 403 into a finished response. If you catch
/// such an error by its type, do so inside the middleware.
///
/// ```
/// use poem::http::StatusCode;
/// use poem::{EndpointExt, IntoResponse, Route};
/// use tiergate::Problem;
///
/// let app = Route::new()
///     // …
///     .with(tiergate::poem::on_refusal(|refusal, request| {
///         Problem::new(refusal)
///             .instance(request.original_uri().path())
///             .upgrade_url("https://example.com/plans")
///             .into_response()
///     }));
///
/// let plain = Route::new()
///     // …
///     .with(tiergate::poem::on_refusal(|refusal, _request| {
///         refusal.to_string().with_status(StatusCode::PAYMENT_REQUIRED).into_response()
///     }));
/// ```
pub fn on_refusal<F>(respond: F) -> OnRefusal
where
    F: Fn(&Refusal, &Request) -> Response + Send + Sync + 'static,
{
    OnRefusal::of_router(Arc::new(respond))
}

/// Sets the response to refusals in the whole program: status, headers and body. Call it once, at the
/// start.
///
/// The function doesn't respond to a [`Denied`] that a handler returns, because poem converts the error
/// without the request. Use [`on_refusal`] for both.
///
/// # Errors
/// Returns [`AlreadySet`] if it was called before. The first function stays in effect.
///
/// ```
/// use poem::IntoResponse;
/// use tiergate::Problem;
///
/// tiergate::poem::set_on_refusal(|refusal, request| {
///     Problem::new(refusal)
///         .instance(request.original_uri().path())
///         .upgrade_url("https://example.com/plans")
///         .into_response()
/// })?;
/// assert!(tiergate::poem::set_on_refusal(|_, _| ().into_response()).is_err());
/// # Ok::<(), tiergate::poem::AlreadySet>(())
/// ```
pub fn set_on_refusal<F>(respond: F) -> Result<(), AlreadySet>
where
    F: Fn(&Refusal, &Request) -> Response + Send + Sync + 'static,
{
    PROGRAM.set(Arc::new(respond))
}

/// Returns the response of the route or of the program, if either replaces the problem document.
pub(super) fn replaced(refusal: &Refusal, request: &Request) -> Option<Response> {
    let route = request.extensions().get::<OnRefusal>();
    let respond = PROGRAM.behind(route.map(|route| &route.respond))?;
    Some(respond(refusal, request))
}

/// The middleware that [`on_refusal`] creates.
pub type OnRefusal = SharedOnRefusal<Respond>;

impl<E: Endpoint> Middleware<E> for OnRefusal {
    type Output = Refusing<E>;

    fn transform(&self, inner: E) -> Refusing<E> {
        Refusing {
            inner,
            on_refusal: self.clone(),
        }
    }
}

/// The endpoint that [`OnRefusal`] creates.
#[derive(Debug)]
pub struct Refusing<E> {
    inner: E,
    on_refusal: OnRefusal,
}

impl<E: Endpoint> Endpoint for Refusing<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let head = head_of(&request);
        request.extensions_mut().insert(self.on_refusal.clone());
        let (answer, is_error) = match self.inner.call(request).await {
            Ok(output) => (output.into_response(), false),
            Err(error) if may_be_denied(&error) => (response_of(error), true),
            Err(error) => return Err(error),
        };
        let answer = match answer.data().copied() {
            Some(FromHandler(denied)) if is_document_of(denied, &answer) => {
                (self.on_refusal.respond)(&Refusal::from(denied), &head)
            }
            _ => answer,
        };
        if is_error {
            // Prevents an outer middleware from replacing this response again.
            Err(Error::from_response(answer))
        } else {
            Ok(answer)
        }
    }
}

/// Marks the response of a handler that returned a [`Denied`], for the middleware around the handler.
#[derive(Clone, Copy)]
struct FromHandler(Denied);

thread_local! {
    /// The last [`Denied`] of a handler that was converted into a response.
    static ANSWERED: Cell<Option<Denied>> = const { Cell::new(None) };
}

/// Marks the response of a handler that returned a [`Denied`].
pub(super) fn mark(denied: Denied, mut response: Response) -> Response {
    ANSWERED.set(Some(denied));
    response.set_data(FromHandler(denied));
    response
}

/// Converts an error into its response. poem removes the mark from the response, so this function
/// restores it.
fn response_of(error: Error) -> Response {
    ANSWERED.set(None);
    let mut response = error.into_response();
    if let Some(denied) = ANSWERED.take() {
        response.set_data(FromHandler(denied));
    }
    response
}

/// Returns whether the error may come from a [`Denied`]. Only converting it into a response could prove
/// that, and then no outer middleware could catch the error by its type.
fn may_be_denied(error: &Error) -> bool {
    if error.is_from_response() || error.is::<CorsError>() {
        return false;
    }
    let may_be_status = matches!(
        error.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    );
    may_be_status || has_denied(error.source())
}

/// Returns whether a [`Denied`] is among the causes of an error.
fn has_denied(mut cause: Option<&(dyn StdError + 'static)>) -> bool {
    while let Some(error) = cause {
        if error.is::<Denied>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns whether the handler returned the problem document unchanged.
fn is_document_of(denied: Denied, response: &Response) -> bool {
    let status = Refusal::from(denied).status();
    let is_document = response.content_type() == Some(Problem::MEDIA_TYPE);
    response.status() == status && is_document
}

fn head_of(request: &Request) -> Request {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = whole_uri(request).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    let scheme = request.scheme().clone();
    let head = (head, LocalAddr::default(), RemoteAddr::default(), scheme);
    Request::from_parts(RequestParts::from(head), Body::empty())
}
