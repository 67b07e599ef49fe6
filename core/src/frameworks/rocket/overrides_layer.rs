//! `Overrides` as a rocket fairing.

use crate::access::overrides::Overrides;
use crate::frameworks::rocket::request_cell;
use crate::tier::Tier;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Data, Request, async_trait};

/// Applies the overrides to all routes.
///
/// A second handle for the same tier enum replaces the first. If a `TierLayer` also has overrides, the
/// last attached fairing determines the overrides.
///
/// ```
/// use rocket::{get, routes};
/// use tiergate::rocket::problems;
/// use tiergate::{Catalogue, Override, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// #[get("/export")]
/// fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// let overrides = Overrides::of::<Api>();
/// let app = rocket::build()
///     .attach(overrides.clone())
///     .attach(problems())
///     .mount("/", routes![export]);
///
/// overrides.replace(1, [Override::close("export")])?;
/// let client = rocket::local::blocking::Client::untracked(app).unwrap();
/// assert_eq!(client.get("/export").dispatch().status().code, 503);
/// # Ok::<(), tiergate::InvalidOverrides>(())
/// ```
#[async_trait]
impl<T: Tier> Fairing for Overrides<T> {
    fn info(&self) -> Info {
        Info {
            name: "overrides of tiers",
            kind: Kind::Request | Kind::Singleton,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request_cell::set(request, self.clone());
    }
}
