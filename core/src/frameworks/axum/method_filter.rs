//! axum's filters for HTTP methods.

use crate::route::method::Method;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, any, on};

/// axum's filter for each HTTP method, and the method's name.
pub(super) const METHOD_FILTERS: [(MethodFilter, &str); 9] = [
    (MethodFilter::GET, "GET"),
    (MethodFilter::POST, "POST"),
    (MethodFilter::PUT, "PUT"),
    (MethodFilter::PATCH, "PATCH"),
    (MethodFilter::DELETE, "DELETE"),
    (MethodFilter::HEAD, "HEAD"),
    (MethodFilter::OPTIONS, "OPTIONS"),
    (MethodFilter::TRACE, "TRACE"),
    (MethodFilter::CONNECT, "CONNECT"),
];

/// Creates axum's method router with a handler for this HTTP method.
pub(super) fn on_method<H, T, S>(method: Method, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    match method_filter(method) {
        Some(filter) => on(filter, handler),
        None => any(handler),
    }
}

/// Returns axum's filter for an HTTP method, or `None` for `Any`.
pub(super) fn method_filter(method: Method) -> Option<MethodFilter> {
    Some(match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
        Method::Head => MethodFilter::HEAD,
        Method::Options => MethodFilter::OPTIONS,
        Method::Connect => MethodFilter::CONNECT,
        Method::Any => return None,
    })
}
