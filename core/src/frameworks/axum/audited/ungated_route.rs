//! Refuses calls to routes that are missing from the catalogue.

use crate::frameworks::axum::route_audit::{MountedRoute, UNGATED};
use crate::frameworks::axum::whole_uri::whole_uri;
use crate::frameworks::connection_close::announce_close;
use crate::frameworks::problem::Problem;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Creates a handler that refuses every call. The audited router mounts it in place of a handler that
/// the catalogue doesn't list.
pub(in crate::frameworks::axum) fn refuse_ungated(
    route: MountedRoute,
) -> impl FnOnce(Request) -> ReadyResponse + Clone + Send + Sync + 'static {
    move |request| {
        tracing::error!(
            handler = route.handler,
            "refused a call to {route}, which {UNGATED}"
        );
        let mut response = ungated_response(whole_uri(request.extensions(), request.uri()));
        if !request.body().is_end_stream() {
            announce_close(request.version(), request.headers(), response.headers_mut());
        }
        std::future::ready(response)
    }
}

pub(in crate::frameworks::axum) type ReadyResponse = std::future::Ready<Response>;

pub(super) fn ungated_response(uri: &Uri) -> Response {
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
