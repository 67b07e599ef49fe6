//! Fallback handlers, which may only redirect or report an error.

use crate::frameworks::axum::audited::ungated_route::ungated_response;
use crate::frameworks::axum::whole_uri::whole_uri;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use std::any::type_name;
use std::future::Future;
use std::pin::Pin;

/// A fallback handler. Any response other than a redirect or an error is replaced by a refusal.
#[derive(Clone)]
pub(super) struct RestrictedFallback<H>(pub(super) H);

impl<H, T, S> Handler<T, S> for RestrictedFallback<H>
where
    H: Handler<T, S>,
    S: Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let uri = whole_uri(request.extensions(), request.uri()).clone();
        let fallback_response = self.0.call(request, state);
        Box::pin(async move {
            let response = fallback_response.await;
            let status = response.status();
            let is_allowed =
                status.is_redirection() || status.is_client_error() || status.is_server_error();
            if !is_allowed {
                // The logged event omits the path, because a path may contain a key.
                tracing::error!(
                    handler = type_name::<H>(),
                    "the response of the fallback ({status}) was replaced by a refusal, because a fallback may only redirect or report an error; annotate the handler and mount it at `/{{*path}}`"
                );
                return ungated_response(&uri);
            }
            response
        })
    }
}
