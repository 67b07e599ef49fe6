//! `Quotas` as a poem middleware.

use crate::frameworks::poem::on_refusal::marked_response;
use crate::frameworks::quota_headers::insert_headers;
use crate::quota::in_request::RequestQuotas;
use crate::quota::quotas::Quotas;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use std::fmt;

/// Applies the quotas to one route or to a group of routes, and adds `RateLimit-Policy` and `RateLimit` to
/// the responses of limited endpoints.
///
/// The middleware may be inside or outside the middleware that identifies the caller. If several `Quotas` are
/// nested, the innermost applies.
///
/// The middleware converts the errors of limited endpoints into responses, because an error can't contain
/// headers. To catch such an error by its type, catch it inside this middleware.
///
/// ```
/// use poem::{Endpoint, EndpointExt, Request, Route, get, handler};
/// use tiergate::{Caller, Catalogue, Quotas, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/export", limit = "1/minute")]
/// #[handler]
/// fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// let quotas = Quotas::local::<Api>();
/// let app = Route::new().at("/export", get(export)).with(quotas.clone());
///
/// # let app = app.data(Caller::new(Tier::Free).with_id("customer-7"));
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let request = || Request::builder().uri_str("/export").finish();
/// let response = app.get_response(request()).await;
/// assert_eq!(response.header("ratelimit-policy"), Some("\"export/minute\";q=1;w=60"));
/// assert_eq!(app.get_response(request()).await.status(), 429);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
impl<E: Endpoint> Middleware<E> for Quotas {
    type Output = QuotasEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        QuotasEndpoint {
            inner,
            quotas: self.clone(),
        }
    }
}

/// The endpoint that [`Quotas`] creates as a middleware.
pub struct QuotasEndpoint<E> {
    inner: E,
    quotas: Quotas,
}

impl<E> fmt::Debug for QuotasEndpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotasEndpoint").finish_non_exhaustive()
    }
}

impl<E: Endpoint> Endpoint for QuotasEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let quotas = RequestQuotas::new(&self.quotas);
        request.extensions_mut().insert(quotas.clone());
        let result = self.inner.call(request).await;
        let Some(state) = quotas.take_state() else {
            return result.map(IntoResponse::into_response);
        };
        let mut response = match result {
            Ok(output) => output.into_response(),
            // The `on_refusal` middleware may be outside this one.
            Err(error) => marked_response(error),
        };
        insert_headers(&state, response.headers_mut());
        Ok(response)
    }
}
