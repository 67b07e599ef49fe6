//! How an application replaces the answer to a refusal, for the program or for one route.

use super::whole_uri;
use crate::gate::{AlreadySet, Program};
use crate::{Denied, Refusal, observe};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, Endpoint, Error, Middleware, Request, RequestParts, Response, http};
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
/// then its head alone, without its body and its extensions, as the handler has used them up.
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
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let head = head_of(&request);
        request.extensions_mut().insert(self.on_refusal.clone());
        let error = match self.inner.call(request).await {
            Err(error) => error,
            answered => return answered,
        };
        Err(match error.downcast_ref::<Denied>() {
            Some(denied) => {
                observe::denied(*denied);
                let OnRefusal(respond) = &self.on_refusal;
                // What was answered here is not answered again further out.
                Error::from_response(respond(&Refusal::from(*denied), &head))
            }
            None => error,
        })
    }
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
