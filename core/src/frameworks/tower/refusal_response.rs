//! The tower layer's default responses to refusals.

use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
use crate::frameworks::tower::grpc;
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::request::Parts;

/// Creates the response in the request's format: a gRPC status or a problem document.
pub(super) fn default_response(refused: &EnforceRefusal, head: &Parts) -> Response<Bytes> {
    match grpc::GrpcFormat::of(head) {
        Some(format) => grpc::grpc_response(refused, format),
        None => problem_response(refused, head),
    }
}

/// Creates a response with the problem document. A 401 response must name an authentication scheme, so it
/// contains `WWW-Authenticate: Bearer`.
fn problem_response(refused: &EnforceRefusal, head: &Parts) -> Response<Bytes> {
    let problem = refused.problem().instance(head.uri.path());
    let mut response = Response::new(problem.to_json().into());
    *response.status_mut() = problem.insert_headers(response.headers_mut());
    response
}

/// Removes the body from a response to a `HEAD` request. The `Content-Length` header still states the
/// length of the removed body.
pub(super) fn without_body(response: Response<Bytes>) -> Response<Bytes> {
    let (mut head, body) = response.into_parts();
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(head, Bytes::new())
}
