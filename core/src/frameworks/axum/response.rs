//! Converts problem documents and refusals into axum responses.

use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::frameworks::axum::on_refusal::DeniedByHandler;
use crate::frameworks::problem::Problem;
use axum::body::Body;
use axum::response::{IntoResponse, Response};

/// Responds with the document and its status.
///
/// A 401 response must name an authentication scheme, so it contains `WWW-Authenticate: Bearer`. If
/// your application uses another scheme, replace this header. A 503 response contains `Retry-After`.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = self.insert_headers(response.headers_mut());
        response
    }
}

/// Responds with the problem document, so `?` on a [`Denied`] works in a handler.
/// [`on_refusal`](fn@super::on_refusal) replaces this response just like a response from the guard.
impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        telemetry::report_denied(self);
        let mut response = Refusal::from(self).into_response();
        response.extensions_mut().insert(DeniedByHandler(self));
        response
    }
}

/// Responds with the problem document.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Problem::new(&self).into_response()
    }
}
