//! gRPC streams that end when the subscription does.

use crate::access::watch::Watch;
use crate::access::watch::while_allowed::WhileAllowed;
use crate::frameworks::tower::watched_call;
use crate::tier::Tier;
use futures_util::Stream;
use http::Extensions;
use tonic::Status;

/// Watches the connection of a gRPC call that has passed an [`EnforceLayer`](crate::tower::EnforceLayer). Pass
/// the extensions of the `tonic::Request`.
///
/// # Errors
/// Returns `INTERNAL`, and logs an error, if the layer wasn't created with
/// [`watch_connections`](crate::tower::EnforceLayer::watch_connections), if the method is public, or if the
/// catalogue uses another tier enum.
///
/// ```
/// use tiergate::tonic::watch;
/// use tonic::{Code, Request};
///
/// # #[derive(Clone, Copy, Debug, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// let request = Request::new("a request that has passed no layer");
/// let status = watch::<Tier>(request.extensions()).unwrap_err();
/// assert_eq!(status.code(), Code::Internal);
/// ```
pub fn watch<T: Tier>(extensions: &Extensions) -> Result<Watch<T>, Status> {
    watched_call::watch(extensions).ok_or_else(|| {
        tracing::error!(
            "a gRPC method can't watch its connection; call `watch_connections` on the `EnforceLayer`, and gate \
             the method with the same tier enum"
        );
        Status::internal("the server can't watch this connection")
    })
}

/// Ends a gRPC stream as soon as the caller may no longer use the connection. Its last item is the status of the
/// refusal, such as `PERMISSION_DENIED`.
///
/// ```
/// use futures_util::{StreamExt, stream};
/// use std::time::{Duration, SystemTime};
/// use tiergate::tonic::grpc_while_allowed;
/// use tiergate::{Caller, Denied, Guard, Watch, requires_tier};
/// use tonic::{Code, Status};
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus, guard = pass)]
/// fn open() -> Watch<Tier> {
///     pass.watch()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let end = SystemTime::now() + Duration::from_millis(100);
/// let watch = open(Guard::check(Caller::new(Tier::Plus).until(end))?);
/// let silent = stream::pending::<Result<u32, Status>>();
/// let mut messages = grpc_while_allowed(watch, silent);
/// let status = messages.next().await.unwrap().unwrap_err();
/// assert_eq!(status.code(), Code::PermissionDenied);
/// assert!(messages.next().await.is_none());
/// # Ok::<(), Denied>(()) })?;
/// # Ok::<(), Denied>(())
/// ```
pub fn grpc_while_allowed<T, S, M>(watch: Watch<T>, stream: S) -> WhileAllowed<S>
where
    T: Tier,
    S: Stream<Item = Result<M, Status>>,
{
    watch.while_allowed_then(stream, |refusal| Err(refusal.into()))
}
