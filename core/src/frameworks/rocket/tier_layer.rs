//! `TierLayer` as a fairing of rocket.

use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::endpoint::gated::Gated;
use crate::frameworks::shared;
use crate::frameworks::shared::Question;
use crate::source::Caller;
use crate::source::layer::TierLayer;
use crate::tier::Tier;
use http::request::Parts;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Data, Request, async_trait};
use std::sync::Arc;

/// Adds a tier lookup to all routes.
///
/// A second `TierLayer` for the same tier enum replaces the first. A caller set by
/// [`set_subscriber`](crate::rocket::set_subscriber) always takes precedence, regardless of the order
/// of the fairings. A [`Credential::function`](crate::source::Credential::function) sees the request's method,
/// URI and headers.
///
/// ```
/// use rocket::{get, routes};
/// use tiergate::rocket::problems;
/// use tiergate::source::{ApiKey, Caller, Credential};
/// use tiergate::{TierLayer, requires_tier};
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
            name: "tiers of callers",
            kind: Kind::Request | Kind::Singleton,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request.local_cache(|| Some(Question::new(self.settings.clone())));
    }
}

fn question<'r, T: Tier>(request: &'r Request<'_>) -> Option<&'r Arc<Question<T>>> {
    request.local_cache(|| None::<Arc<Question<T>>>).as_ref()
}

/// Looks up the caller if the request passed a [`TierLayer`], and reports the check to telemetry.
pub(crate) async fn look_up<E: Gated>(
    request: &Request<'_>,
    admitted: Result<Guard<E>, Refusal>,
) -> Result<Guard<E>, Refusal> {
    let question = question::<E::Tier>(request);
    let checked = match (admitted, question) {
        (Err(Refusal::MissingLayer(_)), Some(question)) => question.check(|| head(request)).await,
        (admitted, _) => admitted,
    };
    telemetry::checked(&checked, || question?.name());
    checked
}

fn head(request: &Request<'_>) -> Option<Parts> {
    let headers: Vec<_> = request
        .headers()
        .iter()
        .map(|header| (header.name().to_string(), header.value().to_owned()))
        .collect();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    shared::head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers,
    )
}

/// Extracts the caller in a parameter after the guard. Responds with 500 if no guard has looked up the
/// caller.
#[async_trait]
impl<'r, T: Tier> FromRequest<'r> for Caller<T> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match question::<T>(request).and_then(|question| question.caller()) {
            Some(caller) => Outcome::Success(caller),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}
