//! `Quotas` as a rocket fairing.

use crate::frameworks::rocket::request_cell;
use crate::quota::in_request::RequestQuotas;
use crate::quota::quotas::Quotas;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Data, Request, Response, async_trait};

/// Applies the quotas to all routes, and adds `RateLimit-Policy` and `RateLimit` to the responses of
/// limited endpoints.
///
/// Callers who have neither an id nor an API key are limited by the address of their connection. rocket's
/// `ip_header` has no effect on this address, because a client can send that header. Behind a proxy, use
/// [`Quotas::trusted_proxies`]. A fairing that knows a better address can call rocket's
/// [`Request::set_remote`].
///
/// If several `Quotas` are attached, the one whose catalogue contains the endpoint counts the call. If several
/// catalogues contain the endpoint, the last attached `Quotas` counts the call.
///
/// ```
/// use rocket::{get, routes};
/// use tiergate::rocket::{problems, set_caller};
/// use tiergate::{Caller, Catalogue, Quotas, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, limit = "2/minute")]
/// #[get("/export")]
/// fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// # use rocket::fairing::AdHoc;
/// # let authentication = AdHoc::on_request("authentication", |request, _| {
/// #     let caller = Caller::new(Tier::Plus).with_id("customer-7");
/// #     Box::pin(async move { set_caller(request, caller) })
/// # });
/// let app = rocket::build()
///     .attach(Quotas::local::<Api>())
///     .attach(authentication)
///     .attach(problems())
///     .mount("/", routes![export]);
///
/// let client = rocket::local::blocking::Client::untracked(app).unwrap();
/// for status in [200, 200, 429] {
///     let response = client.get("/export").dispatch();
///     assert_eq!(response.status().code, status);
///     assert!(response.headers().contains("ratelimit"));
/// }
/// ```
#[async_trait]
impl Fairing for Quotas {
    fn info(&self) -> Info {
        Info {
            name: "rate limits and quotas",
            kind: Kind::Request | Kind::Response,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let attached = &mut *request_cell::content::<Vec<RequestQuotas>>(request);
        let attached = attached.get_or_insert_default();
        attached.push(RequestQuotas::new(self));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        add_headers(request, response);
    }
}

/// Adds the headers of a limited call to its response.
///
/// A fairing that replaces the response calls this function too, because it may run after `Quotas`.
pub(super) fn add_headers(request: &Request<'_>, response: &mut Response<'_>) {
    for quotas in request_cell::content::<Vec<RequestQuotas>>(request)
        .iter()
        .flatten()
    {
        quotas.with_state(|state| {
            for (name, value) in state.headers() {
                response.set_raw_header(name, value);
            }
        });
    }
}
