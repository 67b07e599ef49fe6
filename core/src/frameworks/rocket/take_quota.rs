//! Deducts the cost of calls to rocket handlers.

use crate::access::caller::Caller;
use crate::access::overrides::Overrides;
use crate::endpoint::Endpoint;
use crate::frameworks::rocket::request_cell;
#[cfg(feature = "source")]
use crate::frameworks::{rocket::caller::shared_lookup, shared_lookup::key_of_nameless_caller};
use crate::quota::in_request::{QuotaCall, RequestQuotas, Taking};
use crate::quota::quotas::Quotas;
use crate::tier::Tier;
use rocket::Request;
use std::net::IpAddr;

/// Deducts the cost of a call from the quotas of the request.
///
/// If a route forwards the request, the guard of the next route also deducts the cost of a call to that
/// route's endpoint.
pub(super) fn take_quota<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    overrides: Option<&Overrides<T>>,
    request: &Request<'_>,
) -> Taking {
    #[cfg(feature = "source")]
    let api_key = key_of_nameless_caller(caller, || shared_lookup(request));
    let call = QuotaCall {
        endpoint,
        caller,
        overrides,
        #[cfg(feature = "source")]
        api_key: api_key.as_ref(),
        address: |quotas: &Quotas| client_address(quotas, request),
    };
    // Users mount the handlers themselves, so no request is marked as belonging to a catalogue with a quota.
    call.take(quotas_of(endpoint, request).as_ref(), || false)
}

/// Returns the quotas that count the calls to this endpoint. If no catalogue contains the endpoint, returns
/// any quotas, which then decide whether to refuse the call.
fn quotas_of(endpoint: Endpoint, request: &Request<'_>) -> Option<RequestQuotas> {
    let attached = request_cell::content::<Vec<RequestQuotas>>(request);
    let attached = attached.as_ref()?;
    let of_endpoint = |quotas: &&RequestQuotas| quotas.quotas().contains(endpoint);
    attached
        .iter()
        .rfind(of_endpoint)
        .or(attached.last())
        .cloned()
}

/// Returns the address of a request's client. `client_ip` and `real_ip` would return an address from a
/// header that the client may have sent.
fn client_address(quotas: &Quotas, request: &Request<'_>) -> Option<IpAddr> {
    let peer = request.remote()?.ip();
    let forwarded_for: Vec<&[u8]> = request
        .headers()
        .get("x-forwarded-for")
        .map(str::as_bytes)
        .collect();
    Some(quotas.client_address(peer, forwarded_for.into_iter()))
}
