//! Version 1 of the API: every call is a POST with the credentials in its body.

mod civilian;
mod content;
mod emergency;
mod failures;
mod fields;
mod general;
mod paths;
mod positions;
pub(crate) mod protocol;
#[cfg(test)]
mod tests;

pub(crate) use self::failures::describe_failures;
pub(crate) use self::paths::with_other_paths;

use crate::Tier;
use crate::billing::Subscriptions;
use crate::store::Cad;
use axum::http::StatusCode;
use axum::middleware;
use tiergate::axum::AuditedRouter;
use tiergate::source::Credential;
use tiergate::{Catalogue, Overrides, TierLayer};

/// Every endpoint of version 1.
#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    include(emergency::Emergency, civilian::Civilian, general::General)
)]
pub(crate) struct V1;

/// Builds the routes.
pub(crate) fn routes(
    cad: &Cad,
    subscriptions: &Subscriptions,
    overrides: &Overrides<Tier>,
) -> AuditedRouter<V1, Cad> {
    // The key is in the body. `protocol::open` reads it and inserts it into the extensions.
    let tiers = TierLayer::new(subscriptions.cached.clone())
        .credential(Credential::extension())
        .overrides(overrides);
    AuditedRouter::new()
        .catalogue()
        .method_not_allowed_fallback(|| async {
            (StatusCode::METHOD_NOT_ALLOWED, "ONLY POST IS ALLOWED")
        })
        // `route_layer` skips unknown paths, so every caller gets a 404 for them.
        .route_layer(tiers)
        .route_layer(middleware::from_fn_with_state(cad.clone(), protocol::open))
        .layer(tiergate::axum::on_refusal(|refusal, _request| {
            protocol::refused(refusal)
        }))
}
