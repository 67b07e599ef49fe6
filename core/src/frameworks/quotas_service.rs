//! `Quotas` as a tower layer, for axum and for other services.

use crate::frameworks::quota_headers::insert_headers;
use crate::quota::in_request::RequestQuotas;
use crate::quota::quotas::Quotas;
use http::{Request, Response};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

/// Applies the quotas to all requests to the inner service, and adds `RateLimit-Policy` and `RateLimit` to
/// the responses of limited endpoints.
///
/// Anonymous callers, and callers who have neither an id nor an API key, are limited by their address. To
/// provide the address, serve an axum router with `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// ```
/// use axum::Router;
/// use std::net::SocketAddr;
/// use tiergate::{Catalogue, Quotas, requires_tier};
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus, get = "/export", limit = "60/minute")]
/// async fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let quotas = Quotas::local::<Api>();
/// let app: Router = Api::router().layer(quotas.clone());
/// let service = app.into_make_service_with_connect_info::<SocketAddr>();
/// ```
impl<S> Layer<S> for Quotas {
    type Service = QuotasService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        QuotasService {
            inner,
            quotas: self.clone(),
        }
    }
}

/// The service that [`Quotas`] creates as a tower layer.
#[derive(Clone)]
pub struct QuotasService<S> {
    inner: S,
    quotas: Quotas,
}

impl<S: fmt::Debug> fmt::Debug for QuotasService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotasService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for QuotasService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = QuotasFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let quotas = RequestQuotas::of_layer(&self.quotas, request.extensions().get());
        request.extensions_mut().insert(quotas.clone());
        QuotasFuture {
            inner: self.inner.call(request),
            quotas,
        }
    }
}

pin_project! {
    /// The response future of the [`QuotasService`]. It adds the headers to the response.
    pub struct QuotasFuture<F> {
        #[pin]
        inner: F,
        quotas: RequestQuotas,
    }
}

impl<F> fmt::Debug for QuotasFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotasFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for QuotasFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(context))?;
        if let Some(state) = this.quotas.take_state() {
            insert_headers(&state, response.headers_mut());
        }
        Poll::Ready(Ok(response))
    }
}
