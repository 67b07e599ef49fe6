//! Deducts the cost of calls to poem handlers.

use crate::access::caller::Caller;
use crate::endpoint::Endpoint;
use crate::frameworks::quota_headers::client_address;
#[cfg(feature = "source")]
use crate::frameworks::shared_lookup::key_of_nameless_caller;
use crate::quota::in_request::{QuotaCall, Taking};
use crate::quota::quotas::Quotas;
use crate::tier::Tier;
use poem::Request;
use std::net::SocketAddr;

/// Deducts the cost of a call from the quotas of the request.
pub(super) fn take_quota<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    request: &Request,
) -> Taking {
    let extensions = request.extensions();
    #[cfg(feature = "source")]
    let api_key = key_of_nameless_caller(caller, || extensions.get().cloned());
    let call = QuotaCall {
        endpoint,
        caller,
        overrides: extensions.get(),
        #[cfg(feature = "source")]
        api_key: api_key.as_ref(),
        address: |quotas: &Quotas| {
            // Headers don't change this address.
            let peer = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
            client_address(quotas, extensions, request.headers(), peer)
        },
    };
    // Users mount the handlers themselves, so no request is marked as belonging to a catalogue with a quota.
    call.take(extensions.get(), || false)
}
