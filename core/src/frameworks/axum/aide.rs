//! Lets aide accept the guard as a handler parameter and omit it from the documentation.

use crate::access::caller::Caller;
use crate::access::guard::Guard;
use crate::endpoint::gated::Gated;
use crate::tier::Tier;
use aide::OperationInput;

/// Lets [`ApiRouter`](https://docs.rs/aide/latest/aide/axum/struct.ApiRouter.html) accept gated handlers
/// (feature `aide`).
///
/// Clients don't send the guard, so it adds nothing to the documented operation.
#[cfg_attr(docsrs, doc(cfg(feature = "aide")))]
impl<E: Gated> OperationInput for Guard<E> {}

/// Lets aide's `ApiRouter` accept handlers that extract the caller (feature `aide`).
#[cfg_attr(docsrs, doc(cfg(feature = "aide")))]
impl<T: Tier> OperationInput for Caller<T> {}
