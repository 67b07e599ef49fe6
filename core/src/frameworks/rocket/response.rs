//! Converts problem documents and refusals into rocket responses.

use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::frameworks::problem::Problem;
use crate::frameworks::rocket::on_refusal::StoredRefusal;
use rocket::Request;
use rocket::http::{Header, Status};
use rocket::response::{self, Responder, Response};
use std::io::Cursor;

/// Creates a response with the document and its status.
///
/// A 401 response must name an authentication scheme, so it contains `WWW-Authenticate: Bearer`. If
/// your application uses another scheme, replace this header.
impl From<Problem> for Response<'static> {
    fn from(problem: Problem) -> Self {
        let document = problem.to_json();
        let mut response = Self::build();
        response
            .status(Status::new(problem.status()))
            .header(Header::new("Content-Type", Problem::MEDIA_TYPE))
            .header(Header::new("Cache-Control", Problem::CACHE_CONTROL))
            .sized_body(document.len(), Cursor::new(document));
        if let Some(scheme) = problem.challenge() {
            response.header(Header::new("WWW-Authenticate", scheme));
        }
        if let Some(wait) = problem.retry_after() {
            response.header(Header::new("Retry-After", wait.as_secs().to_string()));
        }
        response.finalize()
    }
}

/// Responds with the document and its status.
impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(self.into())
    }
}

/// Responds with the problem document, so `?` on a [`Denied`] works in a handler. The fairing
/// [`problems`](super::problems) or [`on_refusal`](fn@super::on_refusal) replaces this response just
/// like a response from the guard.
impl<'r> Responder<'r, 'static> for Denied {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        telemetry::report_denied(self);
        let refusal = Refusal::from(self);
        request.local_cache(|| Some(StoredRefusal::ByHandler(refusal)));
        refusal.respond_to(request)
    }
}

/// Responds with the problem document.
impl<'r> Responder<'r, 'static> for Refusal {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(Problem::new(&self).into())
    }
}
