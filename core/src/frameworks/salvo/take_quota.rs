//! Deducts the cost of calls to salvo handlers.

use crate::access::caller::Caller;
use crate::endpoint::Endpoint;
use crate::frameworks::quota_headers::client_address;
#[cfg(feature = "source")]
use crate::frameworks::shared_lookup::key_of_nameless_caller;
use crate::quota::in_request::{QuotaCall, RequestQuotas, Taking};
use crate::quota::quotas::Quotas;
use crate::tier::Tier;
use salvo_core::{Depot, Request};

/// Deducts the cost of a call from the quotas of the request.
pub(super) fn take_quota<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    request: &Request,
    depot: &Depot,
) -> Taking {
    #[cfg(feature = "source")]
    let api_key = key_of_nameless_caller(caller, || depot.get_typed().ok().cloned());
    let call = QuotaCall {
        endpoint,
        caller,
        overrides: depot.get_typed().ok(),
        #[cfg(feature = "source")]
        api_key: api_key.as_ref(),
        address: |quotas: &Quotas| {
            let peer = request.remote_addr().ip();
            client_address(quotas, request.extensions(), request.headers(), peer)
        },
    };
    // Users mount the handlers themselves, so no request is marked as belonging to a catalogue with a quota.
    call.take(depot.get_typed::<RequestQuotas>().ok(), || false)
}
