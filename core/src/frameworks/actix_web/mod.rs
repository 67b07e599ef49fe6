//! actix-web 4 (feature `actix-web`): the guard as an extractor, `configure()`, and the responses to
//! refusals.
//!
//! The [`Guard`](crate::Guard) is the handler's first parameter, so it allows or refuses the call
//! before the body is read. The guard looks for a [`Caller`](crate::Caller) in the request's
//! extensions, where a middleware inserts it:
//!
//! ```
//! use actix_web::body::MessageBody;
//! use actix_web::dev::{ServiceRequest, ServiceResponse};
//! use actix_web::middleware::{Next, from_fn};
//! use actix_web::{App, Error, HttpMessage};
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
//! #[catalogue(tier = Tier, handlers(export))]
//! struct Api;
//!
//! async fn authenticate(
//!     request: ServiceRequest,
//!     next: Next<impl MessageBody>,
//! ) -> Result<ServiceResponse<impl MessageBody>, Error> {
//!     let key = request.headers().get("x-api-key").map(|key| key.as_bytes());
//!     let caller = match key {
//!         Some(b"plus-key") => Caller::new(Tier::Plus),
//!         Some(b"free-key") => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     };
//!     request.extensions_mut().insert(caller);
//!     next.call(request).await
//! }
//!
//! # ::actix_web::rt::System::new().block_on(async {
//! use actix_web::test::{TestRequest, call_service, init_service};
//! let app = App::new().wrap(from_fn(authenticate)).configure(Api::configure);
//! let app = init_service(app).await;
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = TestRequest::get().uri("/export").insert_header(("x-api-key", key));
//!     assert_eq!(call_service(&app, request.to_request()).await.status(), status);
//! }
//! # });
//! ```
//!
//! # Order of parameters
//! actix-web starts the extractors of all parameters at once. `Api::configure` therefore mounts each
//! gated handler so that the guard runs first, and a refused call runs none of the other extractors.
//! For a handler that you mount yourself, use [`guard_first`] to get the same order:
//! `web::get().to(guard_first(export))`.
//!
//! You can also mount a handler without [`guard_first`], with `.service(export)` or `.to(export)`. Even
//! then, a refused call never runs the handler, and the other extractors can't read the body before the
//! guard has allowed the call. However, actix-web has called `from_request` of the other extractors by
//! the time the guard refuses the call.
//!
//! Usually, a refused call doesn't poll the futures of these extractors, because the guard can check
//! the tier immediately. The request already contains a [`Caller`](crate::Caller), or a `TierLayer`
//! (feature `source`) has looked up the caller before forwarding the request. In three cases, the guard
//! has to wait, and the other extractors run in the meantime:
//!
//! - The handler is a `default_service`.
//! - A middleware behind the layer changes the request's HTTP method, URI or headers.
//! - The counters of `Quotas` are in Redis.
//!
//! Use [`guard_first`] or `Api::configure` for every handler that has an extractor with side effects.
//!
//! # Limits
//! With the `quota` feature, `Quotas` is a middleware. It adds `RateLimit-Policy` and `RateLimit` to the
//! responses of limited endpoints. It works both outside and inside the authentication middleware. Create the
//! quotas outside the function that creates an `App` for each worker, because all workers must share the
//! counters.
//!
//! Callers without an id or an API key are limited by the address of their connection. Headers such as
//! `Forwarded`, which `ConnectionInfo::realip_remote_addr` reads, don't change this address.
//!
//! If a catalogue has a quota, calls to all handlers that its `configure` mounts are refused with 500 and the
//! code `missing_quota_layer` unless `Quotas` wraps them. For handlers that you mount yourself, tiergate
//! notices a missing middleware only if the endpoint has a limit. If the catalogue has a quota, test that a
//! response of such a handler contains `RateLimit`.
//!
//! # Long-lived connections
//! With the `watch` feature, a stream of events ends when the subscription no longer allows it. With the
//! `actix-ws` feature, `ws_while_allowed` ends a `WebSocket` in the same way.
//!
//! ```ignore
//! #[requires_tier(Plus, get = "/updates", guard = pass)]
//! async fn live_updates() -> HttpResponse {
//!     let events = pass.watch().while_allowed_then(updates(), |refusal| {
//!         format!("event: revoked\ndata: {}\n\n", Problem::new(&refusal).to_json())
//!     });
//!     let events = events.map(|event| Ok::<_, Infallible>(Bytes::from(event)));
//!     HttpResponse::Ok().content_type("text/event-stream").streaming(events)
//! }
//! ```
//!
//! # CORS
//! Wrap the app in the CORS middleware after the authentication middleware:
//! `App::new().wrap(from_fn(authenticate)).wrap(Cors::default())`. In actix-web, the middleware that is
//! added last is the outermost.
//!
//! A browser sends a preflight request without credentials, so the CORS middleware must respond to it
//! before the authentication middleware runs. This order also adds the CORS headers to refusals.
//!
//! # Route macros
//! Write `#[requires_tier(Plus)]` above `#[get("/export")]`. `requires_tier` takes the HTTP method and
//! the path from the route macro `#[get]`. In the other order, the handler has a guard, but its route
//! is missing from the catalogue.
//!
//! The route macro turns the handler into a struct, which you mount with `.service(export)`.
//! `handlers(…)` can't list the struct, so use a catalogue without a `handlers(…)` list for such
//! handlers.
//!
//! # Scopes
//! The catalogue doesn't know the `web::scope` in which you mount a handler, so write the scope's
//! prefix in the attribute, as in `#[requires_tier(Plus, prefix = "/v2")]` above `#[get("/export")]`.
//! Or write the whole path, as in `#[requires_tier(Plus, get = "/v2/export")]`. An explicit path takes
//! precedence over the route macro. `Api::configure` mounts each handler at the path in its attribute,
//! so call it on the `App` and not on a scope with a prefix.
//!
//! In a test, [`audit_mounts`](fn@audit_mounts) calls an app's endpoints, and reports each endpoint
//! that the app doesn't serve at its route in the catalogue. Use it together with `Api::audit()`.
//!
//! # Escapes
//! actix-web compares routes with a request's decoded path. `Api::configure` decodes the paths in
//! the attributes, so it mounts `get = "/gr%C3%B6%C3%9Fe"` as `/größe`. In a route that you mount
//! yourself, write the decoded form. actix-web leaves `%25`, `%2F` and `%2B` encoded.

pub(crate) mod audit_mounts;
pub(crate) mod caller;
pub(crate) mod configure;
pub(crate) mod guard;
pub(crate) mod guard_first;
#[cfg(feature = "source")]
pub(crate) mod held_body;
#[cfg(feature = "actix-ws")]
pub(crate) mod long_lived;
pub(crate) mod on_refusal;
pub(crate) mod overrides_layer;
#[cfg(feature = "quota")]
pub(crate) mod quota_headers;
#[cfg(feature = "quota")]
pub(crate) mod quotas_layer;
#[cfg(feature = "source")]
pub(crate) mod request_head;
pub(crate) mod response;
pub(crate) mod route_pattern;
#[cfg(feature = "quota")]
pub(crate) mod take_quota;
#[cfg(feature = "source")]
pub(crate) mod tier_layer;

pub use self::audit_mounts::{MountAudit, MountFinding, audit_mounts};
pub use self::guard::Checking;
pub use self::guard_first::{GuardFirst, guard_first};
#[cfg(feature = "actix-ws")]
#[cfg_attr(docsrs, doc(cfg(feature = "actix-ws")))]
pub use self::long_lived::{WebSocket, ws_while_allowed};
pub use self::on_refusal::{OnRefusal, on_refusal, set_on_refusal};
pub use self::overrides_layer::OverridesMiddleware;
#[cfg(feature = "quota")]
pub use self::quotas_layer::{QuotasFuture, QuotasMiddleware};
#[cfg(feature = "source")]
pub use self::tier_layer::TierMiddleware;
pub use crate::access::on_refusal::AlreadySet;
