//! The guard as an input that aide leaves out of its documentation.

use crate::access::guard::Guard;
use crate::endpoint::gated::Gated;
use aide::OperationInput;

/// Lets [`ApiRouter`](https://docs.rs/aide/latest/aide/axum/struct.ApiRouter.html) accept gated handlers
/// (feature `aide`).
///
/// Clients don't send the guard, so it adds nothing to the documented operation.
#[cfg_attr(docsrs, doc(cfg(feature = "aide")))]
impl<E: Gated> OperationInput for Guard<E> {}
