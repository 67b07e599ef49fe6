//! Converts problem documents and refusals into poem responses.

use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::frameworks::poem::on_refusal::mark_denied;
use crate::frameworks::problem::Problem;
use poem::error::ResponseError;
use poem::http::StatusCode;
use poem::{IntoResponse, Response};

/// Responds with the document and its status.
///
/// A 401 response must name an authentication scheme, so it contains `WWW-Authenticate: Bearer`. If
/// your application uses another scheme, replace this header.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.to_json().into_response();
        let status = self.insert_headers(response.headers_mut());
        response.set_status(status);
        response
    }
}

/// Responds with the problem document, so `?` on a [`Denied`] works in a handler.
///
/// [`on_refusal`](fn@super::on_refusal) replaces this response just like a response from the guard,
/// even if the `as_response` of your own error type returns this response.
impl ResponseError for Denied {
    fn status(&self) -> StatusCode {
        status_code(Denied::status(self))
    }

    fn as_response(&self) -> Response {
        telemetry::report_denied(*self);
        mark_denied(*self, Refusal::from(*self).as_response())
    }
}

/// Responds with the problem document.
impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        status_code(Refusal::status(self))
    }

    fn as_response(&self) -> Response {
        Problem::new(self).into_response()
    }
}

fn status_code(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
