//! Lets a service behind the layer watch its connection.

use crate::access::caller::Caller;
use crate::access::watch::Watch;
use crate::access::watch::connection::Connection;
use crate::endpoint::Endpoint;
use crate::frameworks::tower::candidates::Candidates;
use crate::source::look_up_again::connection_of;
use crate::tier::Tier;
use http::Extensions;
use std::sync::Arc;

/// The extension that the layer inserts into a request that it has allowed.
struct WatchedCall<T> {
    /// The endpoints that the caller must be allowed to call.
    endpoints: Arc<[Endpoint]>,
    connection: Arc<Connection<T>>,
}

// A derived implementation would require `T: Clone`.
impl<T> Clone for WatchedCall<T> {
    fn clone(&self) -> Self {
        Self {
            endpoints: self.endpoints.clone(),
            connection: self.connection.clone(),
        }
    }
}

/// Inserts the extension that lets the service watch the connection.
pub(super) fn add_to<T: Tier>(
    extensions: &mut Extensions,
    endpoints: &Candidates,
    caller: &Caller<T>,
) {
    let call = WatchedCall {
        endpoints: endpoints.iter().collect(),
        connection: Arc::new(connection_of(caller, extensions)),
    };
    extensions.insert(call);
}

/// Watches the connection of a request that has passed an
/// [`EnforceLayer`](crate::tower::EnforceLayer), such as a stream of messages. See [`Watch`].
///
/// Returns `None` if the layer wasn't created with
/// [`watch_connections`](crate::tower::EnforceLayer::watch_connections), if the endpoint is public, or if the
/// catalogue uses another tier enum. If a service may pick one of several endpoints for the request, the caller
/// must be able to call all of them until the end.
///
/// ```
/// use futures_util::StreamExt;
/// use http::{Request, Response};
/// use std::convert::Infallible;
/// use tiergate::tower::{self, EnforceLayer};
/// use tiergate::{Caller, Catalogue, endpoint};
/// use tower_layer::Layer;
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// endpoint! {
///     /// Streams numbers.
///     numbers(Plus, get = "/numbers");
/// }
///
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, handlers(numbers))]
/// # struct Api;
/// /// Counts for as long as the caller's trial lasts.
/// async fn count(request: Request<()>) -> Result<Response<String>, Infallible> {
///     let Some(watch) = tower::watch::<Tier>(request.extensions()) else {
///         return Ok(Response::new("the layer doesn't watch connections".to_owned()));
///     };
///     let numbers = futures_util::stream::unfold(0, |number| async move {
///         tokio::time::sleep(std::time::Duration::from_millis(10)).await;
///         Some((number, number + 1))
///     });
///     let count = watch.while_allowed(Box::pin(numbers)).count().await;
///     Ok(Response::new(format!("{count} numbers")))
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = EnforceLayer::<Api>::new()
///     .watch_connections()
///     .layer(::tower::service_fn(count));
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # use ::tower::ServiceExt;
/// # let end = std::time::SystemTime::now() + std::time::Duration::from_millis(100);
/// # let mut request = Request::get("/numbers").body(())?;
/// # request.extensions_mut().insert(Caller::new(Tier::Plus).until(end));
/// # let answer = service.oneshot(request).await?;
/// # assert_eq!(answer.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })
/// # }
/// ```
pub fn watch<T: Tier>(extensions: &Extensions) -> Option<Watch<T>> {
    let call = extensions.get::<WatchedCall<T>>()?;
    let (endpoint, others) = call.endpoints.split_first()?;
    Some(Watch::new(*endpoint, others.to_vec(), &call.connection))
}
