//! rocket 0.5 (feature `rocket`): the guard as a request guard, and the responses to refusals.
//!
//! The [`Guard`](crate::Guard) is one of the handler's request guards, so it allows or refuses the call
//! before the body is read. The first 14 bytes of the body are an exception: rocket waits for these
//! bytes before it handles any request. The guard checks the [`Caller`](crate::Caller) that
//! [`set_caller`] stored in the request. Call that function in a fairing:
//!
//! ```
//! use rocket::fairing::AdHoc;
//! use rocket::{Build, Request, Rocket, get, routes};
//! use tiergate::rocket::{problems, set_caller};
//! use tiergate::{Caller, Catalogue, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! /// Exports everything.
//! #[requires_tier(Plus)]
//! #[get("/export")]
//! fn export() -> &'static str {
//!     "all of it"
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier)]
//! struct Api;
//!
//! fn authenticate(request: &Request<'_>) -> Caller<Tier> {
//!     match request.headers().get_one("x-api-key") {
//!         Some("plus-key") => Caller::new(Tier::Plus),
//!         Some("free-key") => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     }
//! }
//!
//! fn app() -> Rocket<Build> {
//!     rocket::build()
//!         .attach(AdHoc::on_request("authentication", |request, _| {
//!             Box::pin(async move { set_caller(request, authenticate(request)) })
//!         }))
//!         .attach(problems())
//!         .mount("/", routes![export])
//! }
//!
//! use rocket::http::Header;
//! use rocket::local::blocking::Client;
//! let client = Client::untracked(app()).unwrap();
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = client.get("/export").header(Header::new("x-api-key", key));
//!     assert_eq!(request.dispatch().status().code, status);
//! }
//! assert!(Api::find("GET", "/export").is_some());
//! ```
//!
//! rocket drops every header whose value isn't UTF-8 before tiergate sees the request. A key that isn't
//! UTF-8 therefore counts as missing, and a `TierLayer` with an `anonymous` tier treats the caller as
//! anonymous. In the other frameworks, such a key counts as invalid.
//!
//! In rocket, a request guard returns only a status, and a catcher writes the response. The fairing
//! [`problems`] writes the problem document instead, and the fairing [`on_refusal`](fn@on_refusal)
//! writes your own response. If neither fairing is attached, the guard still refuses the call with the
//! same status, and a catcher writes the response.
//!
//! # Several routes for one path
//! A refusal is final: rocket doesn't forward the request to other matching routes, such as a
//! `FileServer`'s routes. Otherwise, a refused caller could reach an unchecked handler at the same
//! path. If another route should handle some of the requests, give that route a lower rank number.
//! rocket tries the route with the lowest rank first.
//!
//! # Limits
//! With the `quota` feature, `Quotas` is a fairing. Attach it at any position. It adds `RateLimit-Policy` and
//! `RateLimit` to the responses of limited endpoints, including responses from [`problems`] and
//! [`on_refusal`](fn@on_refusal). Attach [`problems`], because a catcher's response to an exceeded limit has
//! no `Retry-After`.
//!
//! Request guards run before rocket parses the parameters of a path. If `/units/<id>` forwards the request for
//! `/units/seven` to another gated route, both guards allow the request, and it counts as a call to both
//! endpoints. If that matters, give the two routes different paths.
//!
//! Your code mounts the handlers itself, so tiergate notices a missing `Quotas` fairing only for endpoints
//! that have a limit. If the catalogue has a quota, test that a response contains `RateLimit`.
//!
//! If your server is behind a proxy and limits callers by address, make sure that the proxy sends a single
//! `X-Forwarded-For` header. Most proxies do. rocket drops a header whose value isn't UTF-8. If the proxy
//! appended the client's address to such a header, the client could choose its address in another header of
//! this name.
//!
//! # Long-lived connections
//! With the `watch` feature, a stream of events ends when the subscription no longer allows it.
//! `Watch::socket_with` closes a `WebSocket` of `rocket_ws` in the same way.
//!
//! ```ignore
//! #[requires_tier(Plus, guard = pass)]
//! #[get("/updates")]
//! fn live_updates() -> EventStream<impl Stream<Item = Event>> {
//!     EventStream::from(pass.watch().while_allowed_then(updates(), |refusal| {
//!         Event::data(Problem::new(&refusal).to_json()).event("revoked")
//!     }))
//! }
//! ```
//!
//! # CORS
//! Attach the CORS fairing after [`problems`] or [`on_refusal`](fn@on_refusal), so that refusals get
//! the CORS headers too. A browser sends a preflight request without credentials, so preflight requests
//! need a route without a guard, such as `#[options("/<_..>")] fn preflight() {}`.
//!
//! # Order of attributes
//! Write `#[requires_tier(…)]` above `#[get("/export")]`. `requires_tier` takes the HTTP method and the
//! path from `#[get]`. In the other order, the code generated by `#[get]` wouldn't contain the guard,
//! and the compiler reports an error that explains the order:
//!
//! ```compile_fail
//! # use rocket::get;
//! # use tiergate::requires_tier;
//! # #[derive(Clone, Copy, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! #[get("/export")]
//! #[requires_tier(Plus)]
//! fn export() {}
//! ```
//!
//! If you mount the routes at a different base than `/`, add the base to the attribute. Write it as a
//! prefix, `#[requires_tier(Plus, prefix = "/v2")]`, or write the whole path,
//! `#[requires_tier(Plus, get = "/v2/export")]`.
//!
//! `#[get]` also generates a struct with the function's name, so `handlers(…)` can't list the function.
//! Use a catalogue without a `handlers(…)` list for such handlers, and mount them with `routes![…]`.

pub(crate) mod caller;
pub(crate) mod guard;
pub(crate) mod on_refusal;
pub(crate) mod overrides_layer;
#[cfg(feature = "quota")]
pub(crate) mod quotas_layer;
pub(crate) mod request_cell;
pub(crate) mod response;
#[cfg(feature = "quota")]
pub(crate) mod take_quota;
#[cfg(feature = "source")]
pub(crate) mod tier_layer;

pub use self::caller::set_caller;
pub use self::on_refusal::{Refusals, on_refusal, problems, set_on_refusal};
pub use crate::access::on_refusal::AlreadySet;
