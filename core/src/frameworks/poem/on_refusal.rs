//! Custom responses to refusals in poem, for the whole program or for one route.

use crate::access::denied::Denied;
use crate::access::on_refusal::{AlreadySet, OnRefusal as SharedOnRefusal, ProgramOnRefusal};
use crate::access::refusal::Refusal;
use crate::frameworks::poem::whole_uri::whole_uri;
use crate::frameworks::problem::Problem;
#[cfg(feature = "quota")]
use crate::frameworks::quota_headers::copy_headers;
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

/// The program-wide function that responds to refusals, if one is set.
static PROGRAM_ON_REFUSAL: ProgramOnRefusal<Respond> = ProgramOnRefusal::new();

/// Creates a middleware that responds to refusals of its routes with your own status, headers and body.
///
/// Your function gets the refusal and the request, but it can't let the call through. It takes
/// precedence over the function passed to [`set_on_refusal`], and an inner middleware takes precedence
/// over an outer one.
///
/// The middleware also responds to a [`Denied`] that a handler returns, for example with
/// `pass.require(Tier::Pro)?`. In this case, the request that the function gets has no body and no
/// extensions, because the handler has consumed them. If the handler returns your own error type, the
/// `as_response` of that type must return the response of the [`Denied`]. In addition, your error must
/// either have the same status as the [`Denied`], or return the [`Denied`] as its `source`.
///
/// The middleware converts every error with the status 401 or 403 into a finished response. If you want
/// to catch such an error by its type, add the code that catches it inside this middleware.
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

/// Sets the program-wide function that responds to refusals with your own status, headers and body.
/// Call it once, at the start.
///
/// The function doesn't respond to a [`Denied`] that a handler returns, because poem converts the error
/// without the request. Use [`on_refusal`] to replace the responses to these errors too.
///
/// # Errors
/// Returns [`AlreadySet`] if a function was set before. The first function stays in effect.
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
    PROGRAM_ON_REFUSAL.set(Arc::new(respond))
}

/// Returns the response of the route's function or of the program-wide function, if either is set.
pub(super) fn custom_response(refusal: &Refusal, request: &Request) -> Option<Response> {
    let route = request.extensions().get::<OnRefusal>();
    let respond = PROGRAM_ON_REFUSAL.effective_respond(route.map(|route| &route.respond))?;
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
        let head = head_without_body(&request);
        request.extensions_mut().insert(self.on_refusal.clone());
        let (response, is_error) = match self.inner.call(request).await {
            Ok(output) => (output.into_response(), false),
            Err(error) if may_be_denied(&error) => (marked_response(error), true),
            Err(error) => return Err(error),
        };
        let response = match response.data().copied() {
            Some(DeniedByHandler(denied)) if is_problem_document_of(denied, &response) => {
                #[cfg_attr(not(feature = "quota"), allow(unused_mut))]
                let mut replacement = (self.on_refusal.respond)(&Refusal::from(denied), &head);
                // The quotas may be a middleware inside this one.
                #[cfg(feature = "quota")]
                copy_headers(response.headers(), replacement.headers_mut());
                replacement
            }
            _ => response,
        };
        if is_error {
            // Prevents an outer middleware from replacing this response again.
            Err(Error::from_response(response))
        } else {
            Ok(response)
        }
    }
}

/// Marks the response of a handler that returned a [`Denied`]. The [`OnRefusal`] middleware around the
/// handler looks for this mark.
#[derive(Clone, Copy)]
struct DeniedByHandler(Denied);

thread_local! {
    /// The [`Denied`] that was last converted into a response on this thread.
    static LAST_DENIED: Cell<Option<Denied>> = const { Cell::new(None) };
}

/// Adds a [`DeniedByHandler`] mark to the response of a handler that returned a [`Denied`].
pub(super) fn mark_denied(denied: Denied, mut response: Response) -> Response {
    LAST_DENIED.set(Some(denied));
    response.set_data(DeniedByHandler(denied));
    response
}

/// Converts an error into its response. poem drops the [`DeniedByHandler`] mark during the conversion,
/// so this function adds the mark again.
pub(super) fn marked_response(error: Error) -> Response {
    LAST_DENIED.set(None);
    let mut response = error.into_response();
    if let Some(denied) = LAST_DENIED.take() {
        response.set_data(DeniedByHandler(denied));
    }
    response
}

/// Returns whether the error may come from a [`Denied`]. Only converting the error into a response
/// could prove this. After the conversion, however, outer middlewares could no longer catch the error
/// by its type.
fn may_be_denied(error: &Error) -> bool {
    if error.is_from_response() || error.is::<CorsError>() {
        return false;
    }
    let may_be_status = matches!(
        error.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    );
    may_be_status || is_caused_by_denied(error.source())
}

/// Returns whether a [`Denied`] is among an error's causes.
fn is_caused_by_denied(mut cause: Option<&(dyn StdError + 'static)>) -> bool {
    while let Some(error) = cause {
        if error.is::<Denied>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns whether the response is still the unchanged problem document of this [`Denied`].
fn is_problem_document_of(denied: Denied, response: &Response) -> bool {
    let status = Refusal::from(denied).status();
    let is_document = response.content_type() == Some(Problem::MEDIA_TYPE);
    response.status() == status && is_document
}

fn head_without_body(request: &Request) -> Request {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = whole_uri(request).clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    let scheme = request.scheme().clone();
    let head = (head, LocalAddr::default(), RemoteAddr::default(), scheme);
    Request::from_parts(RequestParts::from(head), Body::empty())
}
