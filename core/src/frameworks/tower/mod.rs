//! A layer that enforces a catalogue (feature `tower`). Use this layer for services whose handlers
//! can't take a guard, such as gRPC services, proxies and file servers.
//!
//! The [`EnforceLayer`] looks up each request in the catalogue by its HTTP method and path. It forwards
//! the request if the endpoint is public or if the caller's tier is high enough. The tier comes from a
//! [`Caller`](crate::Caller) in the request, or from the lookup of a `TierLayer` (feature `source`).
//! The layer refuses every other request, including requests to unlisted routes.
//!
//! Declare endpoints without a function with [`endpoint!`](macro@crate::endpoint):
//!
//! ```
//! use http::{Request, Response};
//! use tiergate::tower::EnforceLayer;
//! use tiergate::{Caller, Catalogue, endpoint};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! endpoint! {
//!     /// Creates a dispatch call.
//!     new_call(Plus, post = "/dispatch.Dispatch/NewCall");
//!     /// Serves the free downloads.
//!     downloads(public = "the downloads are free", get = "/downloads/{*path}");
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, handlers(new_call, downloads))]
//! struct Api;
//!
//! /// Identifies the caller. This layer runs before the `EnforceLayer`.
//! fn authenticate<B>(mut request: Request<B>) -> Request<B> {
//!     let caller = match request.headers().get("x-api-key") {
//!         Some(key) if key == "plus-key" => Caller::new(Tier::Plus),
//!         Some(key) if key == "free-key" => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     };
//!     request.extensions_mut().insert(caller);
//!     request
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .map_request(authenticate)
//!     .layer(EnforceLayer::<Api>::new())
//!     .service(service_fn(|_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new("done".to_owned()))
//!     }));
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! for (key, method, path, status) in [
//!     ("plus-key", "POST", "/dispatch.Dispatch/NewCall", 200),
//!     ("free-key", "POST", "/dispatch.Dispatch/NewCall", 403),
//!     ("other", "POST", "/dispatch.Dispatch/NewCall", 401),
//!     ("other", "GET", "/downloads/app.zip", 200),
//!     ("plus-key", "GET", "/in/no/list", 403),
//!     ("plus-key", "GET", "/downloads/../secrets", 400),
//! ] {
//!     let request = Request::builder().method(method).uri(path).header("x-api-key", key);
//!     let response = service.clone().oneshot(request.body(String::new())?).await?;
//!     assert_eq!(response.status(), status, "{path}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok(()) }
//! ```
//!
//! # Paths
//! Services interpret unusual paths such as `/a//b` or `/a%2Fb` differently, so the layer accepts only
//! paths in canonical form. It responds to every other path with 400 and the code `ambiguous_path`. In
//! a canonical path, each segment is non-empty text after one round of percent-decoding. This text has
//! no white space at either end and no dot at its end. It contains no `/`, `\`, `%`, `;`, `?`, `#` or
//! control character. A path may end with a single `/`, as in `/docs/`, only if the most specific
//! matching template also ends with `/`.
//!
//! For some requests, a service may pick a different endpoint than the catalogue does. The caller must
//! therefore be allowed to call every endpoint that the service might pick. The layer considers only
//! these differences:
//!
//! - A service may compare literals in percent-encoded form, such as `/gr%C3%B6%C3%9Fe`, or in decoded
//!   form, such as `/größe`. If both forms are listed, the stricter endpoint counts. If the client's
//!   spelling isn't listed, the layer refuses the request.
//! - A service may remove a final `/`, add a final `/`, or serve a folder's `index.html`. `/docs`,
//!   `/docs/` and `/docs/index.html` therefore all require the highest tier of the three. If the
//!   index file has a different name, list its path with the folder's tier. If the service
//!   adds a `/` and then matches `/docs/` with `/{*path}`, put the layer behind the code that adds the
//!   `/`.
//! - A service may accept `/@` for `/@{user}`.
//! - A service may route by the path first, as [`find`](crate::Catalogue::find) does, or by the HTTP
//!   method first.
//! - A service may handle `HEAD` like `GET`. The caller of a `HEAD` request must therefore also be
//!   allowed to send a `GET` request.
//!
//! The layer's comparison is case-sensitive, and it compares Unicode characters by their code points.
//! The layer doesn't protect a service that compares paths differently. For example, a file system may
//! ignore case, decompose `ö`, or accept other names for a file (`q1.csv::$DATA`). If a public
//! `/{*path}` is listed too, such a service serves the gated `/q1.csv` to everybody who requests
//! `/Q1.CSV`. Variants of a gated file are separate files: if a folder contains the precompressed
//! `q1.csv.gz`, list `/q1.csv.gz` too.
//!
//! The layer accepts a path that ends with `/` only if a listed template ends with `/` too. If a public
//! site has folders, list `/{a}/`, `/{a}/{b}/` and so on, as deep as the folders are nested.
//!
//! # Nested services
//! Templates describe whole paths. In an axum 0.8 router that is nested at `/v1`, the layer sees
//! `/export` instead of `/v1/export`. The layer therefore takes the whole path from axum's extensions,
//! and the catalogue must list the whole path. If the catalogue also lists `/export`, the caller must
//! be allowed to call the stricter of the two endpoints. If a service between the router and the layer
//! has rewritten the path, the layer responds with 400. If the router is nested at a path with a
//! parameter, such as `/{tenant}`, the layer can't detect a changed parameter value. If another service
//! removes a prefix, put the layer outside that service, or configure the prefix with
//! [`EnforceLayer::nested_at`].
//!
//! The layer reads axum's extensions, so the `tower` feature depends on axum. If the layer read the
//! extensions only with the `axum` feature, any crate in the program could change the layer's decisions
//! by enabling that feature.
//!
//! # HTTP methods
//! A service may take the HTTP method or the path from a header such as `X-HTTP-Method-Override`,
//! `X-Original-URL` or `X-Rewrite-URL`. In this case, the layer checks a different method or path than
//! the service uses. Before the request reaches the layer, rewrite it as these headers say, or
//! remove the headers.
//!
//! # CORS
//! A preflight request has no credentials, so the layer refuses it. Put the layer that responds to
//! preflight requests, such as tower-http's `CorsLayer`, outside the `EnforceLayer`. The CORS layer
//! then also adds its headers to refusals.
//!
//! # Limits
//! If an endpoint has a limit or the catalogue has a quota (feature `quota`), add `Quotas` as a layer outside
//! the `EnforceLayer`. Otherwise, these calls are refused with 500 and the code `missing_quota_layer`. The
//! `EnforceLayer` counts a call after the tier check. Guards and other `EnforceLayer`s behind it don't count
//! the call again.
//!
//! If a service may pick one of several endpoints for a request, the request counts towards the limits of all
//! of them that require a tier, and towards the catalogue's quota once for each of them. If one of the limits
//! is used up, the request is refused, although it was already counted towards the limits checked earlier.
//!
//! Callers without an id or an API key are limited by the address of their connection. The layer knows this
//! address if an axum server inserts its `ConnectInfo`. In any other server, insert a `PeerAddress` into the
//! request's extensions, outside the layer. In tonic, an interceptor can do this with the request's
//! `remote_addr`.
//!
//! # What is logged and counted
//! The layer refuses some requests before it finds an endpoint. With the `tracing` feature, it records
//! an event with `method` and `code` for each of these requests. With the `metrics` feature, it counts
//! them in `tiergate_refused_total`, with the `code` and an empty endpoint.
//!
//! # gRPC
//! A gRPC call is a `POST` request with a gRPC content type. The response to a refused call has a gRPC
//! status:
//!
//! - `PERMISSION_DENIED` corresponds to 403, and `UNAUTHENTICATED` to 401.
//! - `INVALID_ARGUMENT` means that the path is ambiguous.
//! - `UNIMPLEMENTED` means that the path isn't listed, if the layer reports unlisted paths
//!   [as not found](EnforceLayer::unlisted_as_not_found).
//! - `RESOURCE_EXHAUSTED` means that the caller has used up a limit.
//! - `UNAVAILABLE` means that the tier source or the quota store is down, or that the endpoint is closed.
//! - `INTERNAL` means that no layer identified the caller, that no layer counts the calls, or that the stored
//!   tier is invalid.
//!
//! If waiting helps, the metadata `retry-after` contains the number of seconds. Client libraries that retry
//! exhausted calls by themselves read `grpc-retry-pushback-ms`. This number is at most ten seconds. If the
//! client must wait longer, the number is -1, and the library leaves the decision to the application.
//!
//! With the feature `tonic`, `tiergate::tonic` converts refusals into the same statuses, and ends
//! streams when the subscription does.
//!
//! gRPC-Web clients get the status in the body, as binary data or as text. The layer therefore works on
//! either side of a layer that translates gRPC-Web.

pub(crate) mod candidates;
pub(crate) mod canonical_path;
pub(crate) mod enforce_layer;
pub(crate) mod enforce_refusal;
pub(crate) mod enforce_service;
pub(crate) mod grpc;
pub(crate) mod grpc_status;
pub(crate) mod refusal_response;
pub(crate) mod response_body;
pub(crate) mod response_future;
#[cfg(feature = "watch")]
pub(crate) mod watched_call;
pub(crate) mod whole_path;

pub use self::enforce_layer::EnforceLayer;
pub use self::enforce_refusal::EnforceRefusal;
pub use self::enforce_service::Enforce;
pub use self::response_body::ResponseBody;
pub use self::response_future::ResponseFuture;
#[cfg(feature = "watch")]
#[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
pub use self::watched_call::watch;
