//! axum 0.8 (feature `axum`): the guard as an extractor, the routers, and the responses to refusals.
//!
//! The [`Guard`](crate::Guard) is the handler's first parameter, so it allows or refuses the call
//! before the body is read. The guard looks for a [`Caller`](crate::Caller) in the request's
//! extensions, where an authentication layer inserts it:
//!
//! ```
//! use axum::extract::Request;
//! use axum::middleware::{self, Next};
//! use axum::response::Response;
//! use tiergate::{Caller, Catalogue, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! /// Exports everything.
//! #[requires_tier(Plus, get = "/export")]
//! async fn export() -> &'static str {
//!     "all of it"
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, state = (), handlers(export))]
//! struct Api;
//!
//! async fn authenticate(mut request: Request, next: Next) -> Response {
//!     let key = request.headers().get("x-api-key").map(|key| key.as_bytes());
//!     let caller = match key {
//!         Some(b"plus-key") => Caller::new(Tier::Plus),
//!         Some(b"free-key") => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     };
//!     request.extensions_mut().insert(caller);
//!     next.run(request).await
//! }
//!
//! let app = Api::router().layer(middleware::from_fn(authenticate));
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use axum::body::Body;
//! use tower::ServiceExt;
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = Request::get("/export").header("x-api-key", key).body(Body::empty())?;
//!     assert_eq!(app.clone().oneshot(request).await?.status(), status);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Long-lived connections
//! With the `watch` feature, a stream of events ends when the subscription no longer allows it: see
//! `sse_while_allowed`. With the `axum-ws` feature, `Watch::socket` closes a `WebSocket` in the same way.
//!
//! # CORS
//! Add the CORS layer after the authentication layer, and both after the routes. In axum, the layer
//! that is added last is the outermost:
//!
//! ```
//! # use axum::Router;
//! # use tower_layer::Identity as CorsLayer;
//! # fn app(app: Router, authentication: CorsLayer, cors: CorsLayer) -> Router {
//! app.layer(authentication).layer(cors)
//! # }
//! ```
//!
//! A browser sends a preflight request without credentials, so the CORS layer must respond to it before
//! the authentication layer runs. This order also adds the CORS headers to refusals. Without them, a
//! script on another site can't read the refusal.
//!
//! # Other routers
//! - With the `aide` feature, the `ApiRouter` of [aide](https://docs.rs/aide) accepts gated handlers.
//! - `typed_get` and its siblings in [axum-extra](https://docs.rs/axum-extra) expect a `TypedPath` as
//!   the handler's first parameter, but a gated handler's first parameter is the guard. Mount the
//!   handler with the `TypedPath`'s template instead. If you use an [`AuditedRouter`], it also checks
//!   that the template matches the attribute:
//!
//!   ```ignore
//!   #[derive(Deserialize, TypedPath)]
//!   #[typed_path("/users/{id}")]
//!   struct UserPath { id: u32 }
//!
//!   #[requires_tier(Plus, get = "/users/{id}")]
//!   async fn user(UserPath { id }: UserPath) -> String { format!("user {id}") }
//!
//!   let app = AuditedRouter::<Api>::new().route(UserPath::PATH, get(user));
//!   ```
//!
//! # Other attributes
//! Write `#[axum::debug_handler]` below `#[requires_tier]`. In the other order, `debug_handler` doesn't
//! see the guard and generates a call without a guard.

#[cfg(feature = "aide")]
pub(crate) mod aide;
pub(crate) mod audited;
pub(crate) mod caller;
pub(crate) mod catalogue_router;
pub(crate) mod gated_parameters;
pub(crate) mod guard;
#[cfg(feature = "watch")]
pub(crate) mod long_lived;
pub(crate) mod method_filter;
pub(crate) mod on_refusal;
pub(crate) mod response;
pub(crate) mod route_audit;
pub mod routing;
pub(crate) mod whole_uri;

pub use self::audited::AuditedRouter;
pub use self::audited::unaudited::{Unaudited, unaudited};
#[cfg(feature = "watch")]
pub use self::long_lived::sse_while_allowed;
pub use self::on_refusal::{OnRefusal, on_refusal, set_on_refusal};
pub use self::route_audit::{MountedRoute, RouteAudit, UnauditedRoute};
pub use crate::access::on_refusal::AlreadySet;
