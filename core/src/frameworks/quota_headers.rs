//! The headers that quotas read and write.

use crate::quota::client_address::PeerAddress;
use crate::quota::quotas::Quotas;
#[cfg(any(feature = "axum", feature = "poem"))]
use crate::quota::state::HEADER_NAMES;
use crate::quota::state::QuotaState;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;
#[cfg(any(feature = "axum", feature = "tower"))]
use std::net::SocketAddr;

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Adds the headers of a limited response.
pub(crate) fn insert_headers(state: &QuotaState, headers: &mut HeaderMap) {
    // The values contain only visible ASCII characters.
    let Some(Ok(rate_limit)) = state.rate_limit_bytes().map(HeaderValue::try_from) else {
        return;
    };
    if let Some(policy) = state.rate_limit_policy_value() {
        headers.insert(RATE_LIMIT_POLICY, policy.clone());
    }
    headers.insert(RATE_LIMIT, rate_limit);
    for (name, number) in state.legacy_headers().into_iter().flatten() {
        headers.insert(HeaderName::from_static(name), number.into());
    }
}

/// Copies the headers of a limited response to the response that replaces it.
#[cfg(any(feature = "axum", feature = "poem"))]
pub(crate) fn copy_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for name in HEADER_NAMES {
        if let Some(value) = from.get(name) {
            to.insert(HeaderName::from_static(name), value.clone());
        }
    }
}

/// Returns the address of a request's client. `peer` is the address of the connection, if the framework
/// knows it.
pub(crate) fn client_address(
    quotas: &Quotas,
    extensions: &Extensions,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> Option<IpAddr> {
    let inserted = extensions.get().map(|PeerAddress(address)| *address);
    let forwarded_for = headers.get_all("x-forwarded-for").iter();
    let forwarded_for = forwarded_for.map(HeaderValue::as_bytes);
    Some(quotas.client_address(inserted.or(peer)?, forwarded_for))
}

/// Returns the address of the connection, if axum knows it.
#[cfg(any(feature = "axum", feature = "tower"))]
pub(crate) fn connect_info(extensions: &Extensions) -> Option<IpAddr> {
    let info = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
    info.map(|info| info.0.ip())
}
