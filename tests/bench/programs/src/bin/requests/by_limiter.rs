//! Rate limiters of other crates, in front of handlers with a check by hand.
//!
//! The check is the cheapest possible: an extractor reads the account from the request's extensions
//! before the body is read. Both limiters are keyed by the customer and add their headers to the
//! responses.

use crate::app::{self, App, NewNote, Note};
use crate::{Gated, Tier};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tower_governor::GovernorLayer;
use tower_governor::errors::GovernorError;
use tower_governor::governor::GovernorConfigBuilder;
use tower_governor::key_extractor::KeyExtractor;
use tower_rate_tier::{Quota, RateTier, TierIdentity, TierLimitLayer};

/// What an authentication layer knows about the caller.
#[derive(Clone)]
struct Account {
    tier: Tier,
    customer: Arc<str>,
}

/// The customer's id, as a cache of callers keeps it.
pub(crate) static CUSTOMER: LazyLock<Arc<str>> = LazyLock::new(|| "customer-7".into());

/// Lets callers of the required tier through.
struct Permitted;

impl<S: Sync> FromRequestParts<S> for Permitted {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        match parts.extensions.get::<Account>() {
            Some(account) if account.tier >= Tier::Plus => Ok(Self),
            _ => Err(StatusCode::FORBIDDEN),
        }
    }
}

async fn latest_note(
    _: Permitted,
    State(app): State<App>,
    Path(call): Path<u32>,
) -> Result<Json<Note>, StatusCode> {
    app.latest(call).map(Json)
}

async fn add_note(
    _: Permitted,
    State(app): State<App>,
    Path(call): Path<u32>,
    Json(note): Json<NewNote>,
) -> Result<Json<Note>, StatusCode> {
    app.add(call, note).map(Json)
}

fn router() -> Router<App> {
    Router::new().route(app::ROUTE, get(latest_note).post(add_note))
}

fn gated(router: Router<App>, app: App) -> Gated {
    Gated {
        router: router.with_state(app),
        tell: |request, tier| {
            let customer = CUSTOMER.clone();
            request.extensions_mut().insert(Account { tier, customer });
        },
    }
}

/// The same check without a limit.
pub(crate) fn without_limit(app: App) -> Gated {
    gated(router(), app)
}

/// The key of `tower_governor`: the customer in the request's extensions.
#[derive(Clone)]
struct ByCustomer;

impl KeyExtractor for ByCustomer {
    type Key = Arc<str>;

    fn extract<B>(&self, request: &axum::http::Request<B>) -> Result<Arc<str>, GovernorError> {
        let account = request.extensions().get::<Account>();
        let account = account.ok_or(GovernorError::UnableToExtractKey)?;
        Ok(account.customer.clone())
    }
}

pub(crate) fn tower_governor(app: App) -> Option<Gated> {
    let config = GovernorConfigBuilder::default()
        .period(Duration::from_micros(60))
        .burst_size(1_000_000)
        .key_extractor(ByCustomer)
        .use_headers()
        .finish()?;
    Some(gated(router().layer(GovernorLayer::new(config)), app))
}

/// The identifiers of `tower-rate-tier` see only the headers, so this one looks the key up.
pub(crate) fn tower_rate_tier(app: App) -> Gated {
    let tiers = RateTier::builder()
        .tier("Plus", Quota::per_minute(1_000_000))
        .tier("Free", Quota::per_minute(1_000_000))
        .build();
    let layer = TierLimitLayer::new(tiers).identifier_fn(|headers| {
        let tier = app::tier_of(headers);
        Some(TierIdentity::new(&**CUSTOMER, tier.name()))
    });
    gated(router().layer(layer), app)
}
