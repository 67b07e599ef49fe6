//! The headers that quotas read and write in actix-web, which has its own header map type.

use crate::quota::client_address::PeerAddress;
use crate::quota::quotas::Quotas;
use crate::quota::state::{HEADER_NAMES, QuotaState};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use std::net::IpAddr;

/// Adds the headers of a limited response.
pub(super) fn insert_headers(state: &QuotaState, headers: &mut HeaderMap) {
    for (name, value) in state.headers() {
        // The values contain only visible ASCII characters.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Copies the headers of a limited response to the response that replaces it.
pub(super) fn copy_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for name in HEADER_NAMES {
        if let Some(value) = from.get(name) {
            to.insert(HeaderName::from_static(name), value.clone());
        }
    }
}

/// Returns the address of a request's client.
pub(super) fn client_address(quotas: &Quotas, request: &HttpRequest) -> Option<IpAddr> {
    let inserted = request
        .extensions()
        .get()
        .map(|PeerAddress(address)| *address);
    // Unlike the address from `realip_remote_addr`, this one doesn't depend on headers.
    let peer = inserted.or_else(|| request.peer_addr().map(|peer| peer.ip()));
    let forwarded_for = request.headers().get_all("x-forwarded-for");
    Some(quotas.client_address(peer?, forwarded_for.map(HeaderValue::as_bytes)))
}
