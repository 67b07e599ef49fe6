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
use crate::store::Cad;
use axum::http::StatusCode;
use axum::middleware;
use tiergate::Catalogue;
use tiergate::axum::AuditedRouter;

/// Every endpoint of version 1.
#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    include(emergency::Emergency, civilian::Civilian, general::General)
)]
pub(crate) struct V1;

/// Builds the routes. `callers` adds the layer that identifies callers, inside all other layers.
pub(crate) fn routes(
    cad: &Cad,
    callers: impl FnOnce(AuditedRouter<V1, Cad>) -> AuditedRouter<V1, Cad>,
) -> AuditedRouter<V1, Cad> {
    let routes = AuditedRouter::new()
        .catalogue()
        .method_not_allowed_fallback(|| async {
            (StatusCode::METHOD_NOT_ALLOWED, "ONLY POST IS ALLOWED")
        });
    callers(routes)
        .route_layer(middleware::from_fn_with_state(cad.clone(), protocol::open))
        .layer(tiergate::axum::on_refusal(|refusal, _request| {
            protocol::refused(refusal)
        }))
}
