//! The default responses to refusals.

use crate::frameworks::tower::grpc;
use crate::frameworks::tower::refusal::EnforceRefusal;
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::request::Parts;

/// Creates the response in the format of the request.
pub(super) fn response(refused: &EnforceRefusal, head: &Parts) -> Response<Bytes> {
    match grpc::Format::of(head) {
        Some(format) => grpc::response(refused, format),
        None => document(refused, head),
    }
}

/// Creates the response with the status and the document. A 401 contains `WWW-Authenticate: Bearer`,
/// because it must name a scheme.
fn document(refused: &EnforceRefusal, head: &Parts) -> Response<Bytes> {
    let problem = refused.problem().instance(head.uri.path());
    let mut response = Response::new(problem.to_json().into());
    *response.status_mut() = problem.write_head(response.headers_mut());
    response
}

/// Removes the body of the response to a `HEAD` request, and keeps its length.
pub(super) fn without_body(response: Response<Bytes>) -> Response<Bytes> {
    let (mut head, body) = response.into_parts();
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(head, Bytes::new())
}
