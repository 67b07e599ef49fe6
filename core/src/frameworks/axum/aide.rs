//! The guard as a parameter of handlers that aide documents.

use crate::access::guard::Guard;
use crate::endpoint::gated::Gated;
use aide::OperationInput;

/// Lets [`ApiRouter`](https://docs.rs/aide/latest/aide/axum/struct.ApiRouter.html) take gated handlers
/// (feature `aide`).
///
/// The guard is no input that a caller sends, so it adds nothing to the operation.
#[cfg_attr(docsrs, doc(cfg(feature = "aide")))]
impl<E: Gated> OperationInput for Guard<E> {}
