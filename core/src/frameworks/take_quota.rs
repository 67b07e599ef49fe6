//! Deducts the cost of a call from the quotas in the extensions of a request.

use crate::access::caller::Caller;
use crate::endpoint::Endpoint;
use crate::frameworks::quota_headers::client_address;
use crate::quota::in_request::{QuotaCall, Taking};
use crate::quota::quotas::Quotas;
#[cfg(feature = "source")]
use crate::source::caller_lookup::key_of_nameless_caller;
use crate::tier::Tier;
use http::Extensions;
use http::request::Parts;
use std::net::IpAddr;

/// Deducts the cost of a call. `peer` returns the address of the connection, if the server knows it.
/// `are_expected` returns whether the endpoint's catalogue has a quota.
pub(crate) fn take_quota<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    head: &Parts,
    peer: fn(&Extensions) -> Option<IpAddr>,
    are_expected: impl Fn() -> bool,
) -> Taking {
    let extensions = &head.extensions;
    let call = QuotaCall {
        endpoint,
        caller,
        overrides: extensions.get(),
        #[cfg(feature = "source")]
        api_key: key_of_nameless_caller::<T>(extensions),
        address: |quotas: &Quotas| {
            client_address(quotas, extensions, &head.headers, peer(extensions))
        },
    };
    call.take(extensions.get(), are_expected)
}
