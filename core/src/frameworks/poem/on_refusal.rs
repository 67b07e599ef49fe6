//! How an application replaces the answer to a refusal, for the program or for one route.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, Program};
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
use std::fmt;
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &Request) -> Response + Send + Sync;

/// How the whole program answers refusals, if not by the problem document.
static PROGRAM: Program<Respond> = Program::new();

/// A middleware that answers the refusals of one route, or of all inside of it: status, headers and
/// body.
///
/// It replaces what [`set_on_refusal`] set for the program; of two, one in the other, the inner one
/// answers. The function gets the refusal and the request, and cannot let the call through. It also
/// answers a [`Denied`] that a handler returned, as of `pass.require(Tier::Pro)?`; the request is
/// then its head alone, without its body and its extensions, as the handler has used them up. If the
/// handler has an error type of its own, its `as_response` has to return that of the [`Denied`], and its
/// status or its `source` has to be that of the [`Denied`] too.
///
/// An error with the status 403 leaves the middleware as a finished response. Catch an error type of
/// your own with this status inside of it.
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
    OnRefusal(Arc::new(respond))
}

/// Answers the refusals of the whole program: status, headers and body. Called once, at the start.
///
/// A [`Denied`] that a handler returned is not among them, as poem makes an answer of it without the
/// request; [`on_refusal`] sees both.
///
/// # Errors
/// [`AlreadySet`], if it was called before; the first function stays.
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

/// The answer of the route or of the program, if one of them replaces it.
pub(super) fn replaced(refusal: &Refusal, request: &Request) -> Option<Response> {
    let route = request.extensions().get::<OnRefusal>();
    let respond = PROGRAM.behind(route.map(|route| &route.0))?;
    Some(respond(refusal, request))
}

/// The middleware that [`on_refusal`] makes.
#[derive(Clone)]
pub struct OnRefusal(Arc<Respond>);

impl fmt::Debug for OnRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnRefusal").finish_non_exhaustive()
    }
}

impl<E: Endpoint> Middleware<E> for OnRefusal {
    type Output = Refusing<E>;

    fn transform(&self, inner: E) -> Refusing<E> {
        Refusing {
            inner,
            on_refusal: self.clone(),
        }
    }
}

/// An endpoint whose refusals are answered by [`OnRefusal`].
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
                let OnRefusal(respond) = &self.on_refusal;
                respond(&Refusal::from(denied), &head)
            }
            _ => answer,
        };
        if is_error {
            // What was answered here is not answered again further out.
            Err(Error::from_response(answer))
        } else {
            Ok(answer)
        }
    }
}

/// Left in a response by a handler that refused, for the middleware around it.
#[derive(Clone, Copy)]
struct FromHandler(Denied);

thread_local! {
    /// The last refusal of a handler of which a response was made.
    static ANSWERED: Cell<Option<Denied>> = const { Cell::new(None) };
}

/// Marks the response of a handler that refused.
pub(super) fn mark(denied: Denied, mut response: Response) -> Response {
    ANSWERED.set(Some(denied));
    response.set_data(FromHandler(denied));
    response
}

/// The response of an error. Poem takes away what marks it, so the mark is set again.
fn response_of(error: Error) -> Response {
    ANSWERED.set(None);
    let mut response = error.into_response();
    if let Some(denied) = ANSWERED.take() {
        response.set_data(FromHandler(denied));
    }
    response
}

/// Whether the response of an error may be that of a [`Denied`]. To be certain, the error has to be
/// made a response, and then nobody further out can catch it by its type.
fn may_be_denied(error: &Error) -> bool {
    if error.is_from_response() || error.is::<CorsError>() {
        return false;
    }
    error.status() == StatusCode::FORBIDDEN || has_denied(error.source())
}

/// Whether a [`Denied`] is among the causes of an error.
fn has_denied(mut cause: Option<&(dyn StdError + 'static)>) -> bool {
    while let Some(error) = cause {
        if error.is::<Denied>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether a handler left the document as it was.
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
