//! Detects middlewares that change a request after its caller was looked up.

use crate::frameworks::shared_lookup;
use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, Uri};
use http::HeaderValue;
use http::request::Parts;
use std::marker::PhantomData;

/// The head of a request for which the caller was looked up.
pub(super) struct CheckedHead<T> {
    method: Method,
    uri: Uri,
    head: Parts,
    tier: PhantomData<T>,
}

impl<T> CheckedHead<T> {
    pub(super) fn new(request: &ServiceRequest, head: Parts) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            head,
            tier: PhantomData,
        }
    }

    /// Returns whether the request still has this head. A middleware may have changed it.
    pub(super) fn is_head_of(&self, request: &HttpRequest) -> bool {
        let (own, other) = (&self.head.headers, request.headers());
        self.method == *request.method()
            && self.uri == *request.uri()
            && own.len() == other.len()
            && own.keys().all(|name| {
                let own = own.get_all(name).iter().map(HeaderValue::as_bytes);
                own.eq(other
                    .get_all(name.as_str())
                    .map(actix_web::http::header::HeaderValue::as_bytes))
            })
    }
}

/// Returns the head of a request with the types of the `http` crate.
pub(super) fn head(request: &HttpRequest) -> Option<Parts> {
    let headers = request.headers().iter();
    shared_lookup::head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
    )
}
