//! Converts problem documents and refusals into actix-web responses.

use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::frameworks::actix_web::on_refusal::DeniedByHandler;
use crate::frameworks::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};

/// Creates a response with the document and its status.
///
/// A 401 response must name an authentication scheme, so it contains `WWW-Authenticate: Bearer`. If
/// your application uses another scheme, replace this header.
impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        let mut response = Self::build(http_status(problem.status()));
        response.insert_header((CONTENT_TYPE, Problem::MEDIA_TYPE));
        response.insert_header((CACHE_CONTROL, Problem::CACHE_CONTROL));
        if let Some(scheme) = problem.challenge() {
            response.insert_header((WWW_AUTHENTICATE, scheme));
        }
        if let Some(wait) = problem.retry_after() {
            response.insert_header((RETRY_AFTER, wait.as_secs()));
        }
        response.body(problem.to_json())
    }
}

/// Responds with the document and its status.
impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

/// Responds with the problem document, so `?` on a [`Denied`] works in a handler.
///
/// [`on_refusal`](fn@super::on_refusal) replaces this response just like a response from the guard,
/// even if the `error_response` of your own error type returns this response.
impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        http_status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        telemetry::report_denied(*self);
        let mut response = Refusal::from(*self).error_response();
        response.extensions_mut().insert(DeniedByHandler(*self));
        response
    }
}

/// Responds with the problem document.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        http_status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        Problem::new(self).into()
    }
}

fn http_status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
