//! Responses for handlers that are missing from the catalogue.

use crate::frameworks::axum::route_audit::{MountedRoute, UNGATED};
use crate::frameworks::axum::uri::whole_uri;
use crate::frameworks::problem::Problem;
use crate::frameworks::problem::head::announce_close;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::any::type_name;
use std::future::Future;
use std::pin::Pin;

/// Creates the handler that replaces an unlisted one and refuses every call.
pub(in crate::frameworks::axum) fn refuse(
    route: MountedRoute,
) -> impl FnOnce(Request) -> Ready + Clone + Send + Sync + 'static {
    move |request| {
        tracing::error!(
            handler = route.handler,
            "refused a call to {route}, which {UNGATED}"
        );
        let mut refused = refusal(whole_uri(request.extensions(), request.uri()));
        if !request.body().is_end_stream() {
            announce_close(request.version(), request.headers(), refused.headers_mut());
        }
        std::future::ready(refused)
    }
}

pub(in crate::frameworks::axum) type Ready = std::future::Ready<Response>;

fn refusal(uri: &Uri) -> Response {
    let document = json!({
        "title": "The route is not in the catalogue",
        "status": 500,
        "detail": "the catalogue does not list this route, so every call is refused",
        "instance": uri.path(),
        "code": "ungated_route",
    });
    let mut response = (StatusCode::INTERNAL_SERVER_ERROR, document.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(Problem::CACHE_CONTROL),
    );
    response
}

/// A fallback handler, which may only redirect or report an error.
#[derive(Clone)]
pub(super) struct NoEndpoint<H>(pub(super) H);

impl<H, T, S> Handler<T, S> for NoEndpoint<H>
where
    H: Handler<T, S>,
    S: Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let uri = whole_uri(request.extensions(), request.uri()).clone();
        let answer = self.0.call(request, state);
        Box::pin(async move {
            let response = answer.await;
            let status = response.status();
            let is_no_answer =
                status.is_redirection() || status.is_client_error() || status.is_server_error();
            if !is_no_answer {
                // The event omits the path, which may contain a key.
                tracing::error!(
                    handler = type_name::<H>(),
                    "the response of the fallback ({status}) was replaced by a refusal, because a fallback may only redirect or report an error; annotate the handler and mount it at `/{{*path}}`"
                );
                return refusal(&uri);
            }
            response
        })
    }
}
