//! Converts request heads, and detects whether a middleware changed the head after the caller lookup.

use crate::frameworks::http_head::http_head;
use actix_web::HttpRequest;
use actix_web::http::{Method, Uri};
use http::HeaderValue;
use http::request::Parts;
use std::marker::PhantomData;

/// The request head that the caller lookup used.
pub(super) struct LookedUpHead<T> {
    method: Method,
    uri: Uri,
    head: Parts,
    tier: PhantomData<T>,
}

impl<T> LookedUpHead<T> {
    pub(super) fn new(request: &HttpRequest, head: Parts) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            head,
            tier: PhantomData,
        }
    }

    /// Returns whether this request still has the head that the lookup used. A middleware may have
    /// changed the head after the lookup.
    pub(super) fn is_still_head_of(&self, request: &HttpRequest) -> bool {
        let (looked_up_headers, headers) = (&self.head.headers, request.headers());
        self.method == *request.method()
            && self.uri == *request.uri()
            && looked_up_headers.len() == headers.len()
            && looked_up_headers.keys().all(|name| {
                let values = looked_up_headers
                    .get_all(name)
                    .iter()
                    .map(HeaderValue::as_bytes);
                values.eq(headers
                    .get_all(name.as_str())
                    .map(actix_web::http::header::HeaderValue::as_bytes))
            })
    }
}

/// Converts a request head into the `http` crate's type.
pub(super) fn request_head(request: &HttpRequest) -> Option<Parts> {
    let headers = request.headers().iter();
    http_head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
    )
}
