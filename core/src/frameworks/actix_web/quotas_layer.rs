//! `Quotas` as an actix-web middleware.

use crate::frameworks::actix_web::quota_headers::insert_headers;
use crate::quota::in_request::RequestQuotas;
use crate::quota::quotas::Quotas;
use crate::quota::state::QuotaState;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Applies the quotas to an app, a scope or a resource, and adds `RateLimit-Policy` and `RateLimit` to the
/// responses of limited endpoints.
///
/// The middleware may be inside or outside the middleware that identifies the caller. If several `Quotas` are
/// nested, the innermost applies.
///
/// ```
/// use actix_web::App;
/// use tiergate::{Catalogue, Quotas, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/export", limit = "1/minute")]
/// async fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// // Create the quotas outside of the function that creates an `App` for each worker. Otherwise, each
/// // worker would count for itself.
/// let quotas = Quotas::local::<Api>();
/// let app = App::new().wrap(quotas.clone()).configure(Api::configure);
///
/// # use actix_web::{HttpMessage, dev::Service};
/// # let app = app.wrap_fn(|request, inner| {
/// #     let caller = tiergate::Caller::new(Tier::Free).with_id("customer-7");
/// #     request.extensions_mut().insert(caller);
/// #     inner.call(request)
/// # });
/// # ::actix_web::rt::System::new().block_on(async {
/// use actix_web::test::{TestRequest, call_service, init_service};
/// let app = init_service(app).await;
/// let request = || TestRequest::get().uri("/export").to_request();
/// let response = call_service(&app, request()).await;
/// assert_eq!(response.headers().get("ratelimit-policy").unwrap(), "\"export/minute\";q=1;w=60");
/// assert_eq!(call_service(&app, request()).await.status(), 429);
/// # });
/// ```
impl<S, B> Transform<S, ServiceRequest> for Quotas
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = QuotasMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(QuotasMiddleware {
            inner,
            quotas: self.clone(),
        }))
    }
}

/// The service that [`Quotas`] creates as a middleware.
pub struct QuotasMiddleware<S> {
    inner: S,
    quotas: Quotas,
}

impl<S> fmt::Debug for QuotasMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotasMiddleware").finish_non_exhaustive()
    }
}

impl<S, B> Service<ServiceRequest> for QuotasMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = QuotasFuture<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let quotas = RequestQuotas::new(&self.quotas);
        request.extensions_mut().insert(quotas.clone());
        QuotasFuture {
            inner: self.inner.call(request),
            quotas,
        }
    }
}

pin_project! {
    /// The response future of the [`QuotasMiddleware`]. It adds the headers to the response.
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

impl<F, B> Future for QuotasFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.inner.poll(context).map(|result| {
            let Some(state) = this.quotas.take_state() else {
                return result;
            };
            match result {
                Ok(mut response) => {
                    insert_headers(&state, response.headers_mut());
                    Ok(response)
                }
                // A middleware inside this one returned an error after the guard ran.
                Err(error) => Err(LimitedError { error, state }.into()),
            }
        })
    }
}

/// The error of a limited endpoint. Its response has the headers.
struct LimitedError {
    error: Error,
    state: QuotaState,
}

impl fmt::Debug for LimitedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl fmt::Display for LimitedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl ResponseError for LimitedError {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.error.error_response();
        insert_headers(&self.state, response.headers_mut());
        response
    }
}
