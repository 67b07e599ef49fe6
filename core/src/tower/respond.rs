//! The answers to a refusal that no application has replaced.

use super::Refused;
use super::path::encode;
use crate::Problem;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response};

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, as one must name a scheme.
pub(super) fn document(refused: &Refused, head: &Parts) -> Response<String> {
    let problem = refused.problem();
    let mut response = Response::new(problem.to_json_at(head.uri.path()));
    *response.status_mut() = problem.write_head(response.headers_mut());
    response
}

/// `application/grpc`, `application/grpc+proto`, `application/grpc;…`, but not `grpc-web`. Every call of
/// gRPC is a `POST`.
pub(super) fn is_grpc(head: &Parts) -> bool {
    let content_type = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    head.method == Method::POST
        && content_type
            .and_then(|value| value.strip_prefix(b"application/grpc"))
            .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
}

/// An answer of gRPC that consists of headers alone.
pub(super) fn grpc_status(refused: &Refused) -> Response<String> {
    const STATUS: HeaderName = HeaderName::from_static("grpc-status");
    const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
    let code = match refused.status() {
        400 => "3",
        401 => "16",
        403 => "7",
        503 => "14",
        _ => "13",
    };
    let mut response = Response::new(String::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    // To whatever stands between, it is a success.
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(Problem::CACHE_CONTROL),
    );
    headers.insert(STATUS, HeaderValue::from_static(code));
    // Percent-encoded, it is ASCII without control characters.
    if let Ok(message) = HeaderValue::try_from(encode(&refused.to_string())) {
        headers.insert(MESSAGE, message);
    }
    response
}

/// Leaves the body of an answer to `HEAD` out, and says how long it would be.
pub(super) fn without_body(response: Response<String>) -> Response<String> {
    let (mut head, body) = response.into_parts();
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(head, String::new())
}
