//! The headers that quotas read and write.

use crate::quota::Quotas;
use crate::quota::client_address::PeerAddress;
use crate::quota::state::QuotaState;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;
#[cfg(any(feature = "axum", feature = "tower"))]
use std::net::SocketAddr;

/// Adds the headers of a limited response.
pub(crate) fn insert_headers(state: &QuotaState, headers: &mut HeaderMap) {
    for (name, value) in state.headers() {
        // The values contain only visible ASCII characters.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Returns the address of a request's client.
pub(crate) fn client_address(
    quotas: &Quotas,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Option<IpAddr> {
    let peer = extensions.get().map(|PeerAddress(address)| *address);
    #[cfg(any(feature = "axum", feature = "tower"))]
    let peer = peer.or_else(|| {
        let info = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
        info.map(|info| info.0.ip())
    });
    let forwarded_for = headers.get_all("x-forwarded-for").iter();
    Some(quotas.client_address(peer?, forwarded_for.map(HeaderValue::as_bytes)))
}
