//! The answers to a refusal that no application has replaced.

use crate::frameworks::tower::grpc;
use crate::frameworks::tower::refused::Refused;
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::request::Parts;

/// The answer in the format of the request.
pub(super) fn response(refused: &Refused, head: &Parts) -> Response<Bytes> {
    match grpc::Format::of(head) {
        Some(format) => grpc::response(refused, format),
        None => document(refused, head),
    }
}

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, because it must name a scheme.
fn document(refused: &Refused, head: &Parts) -> Response<Bytes> {
    let problem = refused.problem();
    let mut response = Response::new(problem.to_json_at(head.uri.path()).into());
    *response.status_mut() = problem.write_head(response.headers_mut());
    response
}

/// Removes the body of an answer to `HEAD`, and keeps its length.
pub(super) fn without_body(response: Response<Bytes>) -> Response<Bytes> {
    let (mut head, body) = response.into_parts();
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(head, Bytes::new())
}
