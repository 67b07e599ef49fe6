//! tonic 0.14 (feature `tonic`): the statuses of refusals, and streams that end when the subscription does.
//!
//! An [`EnforceLayer`](crate::tower::EnforceLayer) gates the calls: see [`tower`](crate::tower#grpc). If you
//! call [`watch_connections`](crate::tower::EnforceLayer::watch_connections) on it, a method whose response is
//! a stream can end the stream early:
//!
//! ```
//! use futures_util::Stream;
//! use tiergate::tonic::{grpc_while_allowed, watch};
//! use tonic::{Request, Response, Status};
//!
//! # #[derive(Clone, Copy, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! # struct Filter;
//! # struct Call;
//! # fn new_calls(_: &Filter) -> impl Stream<Item = Result<Call, Status>> + use<> { futures_util::stream::empty() }
//! /// A method of a service.
//! async fn calls(
//!     request: Request<Filter>,
//! ) -> Result<Response<impl Stream<Item = Result<Call, Status>>>, Status> {
//!     let watch = watch::<Tier>(request.extensions())?;
//!     let calls = new_calls(request.get_ref());
//!     Ok(Response::new(grpc_while_allowed(watch, calls)))
//! }
//! ```
//!
//! The same function can end a stream from the client: wrap the method's `request.into_inner()`.

mod long_lived;
mod status;

pub use self::long_lived::{grpc_while_allowed, watch};
