//! The guard in handlers that aide documents.

use crate::access::guard::Guard;
use crate::endpoint::gated::Gated;
use aide::OperationInput;

/// Lets [`ApiRouter`](https://docs.rs/aide/latest/aide/axum/struct.ApiRouter.html) take gated handlers
/// (feature `aide`).
///
/// The guard isn't part of the request that a client sends, so it adds nothing to the documented
/// operation.
#[cfg_attr(docsrs, doc(cfg(feature = "aide")))]
impl<E: Gated> OperationInput for Guard<E> {}
