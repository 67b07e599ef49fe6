//! `TierLayer` as a rocket fairing.

use crate::frameworks::rocket::request_cell;
use crate::frameworks::shared_lookup::SharedLookup;
use crate::source::tier_layer::TierLayer;
use crate::tier::Tier;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Data, Request, async_trait};

/// Adds a tier lookup to all routes.
///
/// A second `TierLayer` for the same tier enum replaces the first. A caller set by
/// [`set_caller`](crate::rocket::set_caller) always takes precedence, regardless of the order of the
/// fairings. The function passed to [`Credential::function`](crate::source::Credential::function) sees
/// the request's HTTP method, URI and headers.
///
/// ```
/// use rocket::{get, routes};
/// use tiergate::rocket::problems;
/// use tiergate::source::{ApiKey, Credential};
/// use tiergate::{Caller, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// #[get("/export")]
/// fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let app = rocket::build().attach(tiers).attach(problems()).mount("/", routes![export]);
///
/// use rocket::http::Header;
/// use rocket::local::blocking::Client;
/// let client = Client::untracked(app).unwrap();
/// let request = client.get("/export").header(Header::new("x-api-key", "a-key"));
/// assert_eq!(request.dispatch().status().code, 200);
/// assert_eq!(client.get("/export").dispatch().status().code, 401);
/// ```
#[async_trait]
impl<T: Tier> Fairing for TierLayer<T> {
    fn info(&self) -> Info {
        Info {
            name: "tier lookup",
            kind: Kind::Request | Kind::Singleton,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request_cell::set(request, SharedLookup::new(self.settings.clone()));
        if let Some(overrides) = &self.settings.overrides {
            request_cell::set(request, overrides.clone());
        }
    }
}
