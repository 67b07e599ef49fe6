//! Version 2 of the API: resources with HTTP methods, API keys as bearer tokens, and problem documents.

mod accounts;
mod call_changes;
mod calls;
mod characters;
mod codes;
mod configuration;
mod duty;
mod emergency_calls;
mod failure;
mod links;
mod lookups;
mod map;
mod openapi;
mod records;
mod request;
mod servers;
mod target;
mod templates;
#[cfg(test)]
mod tests;
mod units;

pub(crate) use self::failure::Failure;
pub(crate) use self::openapi::describe;

use self::openapi::Operation;
use crate::Tier;
use crate::billing::Subscriptions;
use crate::error::CadError;
use crate::store::Cad;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use tiergate::axum::AuditedRouter;
use tiergate::source::Credential;
use tiergate::{Catalogue, Overrides, Problem, TierLayer};

/// Every endpoint of version 2.
#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    include(
        accounts::Accounts,
        call_changes::CallChanges,
        calls::Calls,
        characters::Characters,
        codes::Codes,
        configuration::Configuration,
        duty::Duty,
        emergency_calls::EmergencyCalls,
        links::Links,
        lookups::Lookups,
        map::Map,
        records::Records,
        servers::Servers,
        templates::Templates,
        units::Units,
    )
)]
pub(crate) struct V2;

/// Returns the operations of all endpoints. The test `every_operation_is_complete` fails if one is missing.
fn operations() -> impl Iterator<Item = Operation> {
    let operations = [
        accounts::operations(),
        call_changes::operations(),
        calls::operations(),
        characters::operations(),
        codes::operations(),
        configuration::operations(),
        duty::operations(),
        emergency_calls::operations(),
        links::operations(),
        lookups::operations(),
        map::operations(),
        records::operations(),
        servers::operations(),
        templates::operations(),
        units::operations(),
    ];
    operations.into_iter().flatten()
}

/// Builds the routes.
pub(crate) fn routes(
    subscriptions: &Subscriptions,
    overrides: &Overrides<Tier>,
) -> AuditedRouter<V2, Cad> {
    let tiers = TierLayer::new(subscriptions.cached.clone())
        .credential(Credential::bearer())
        .overrides(overrides);
    AuditedRouter::new()
        .catalogue()
        .method_not_allowed_fallback(|| async { not_allowed() })
        .route_layer(tiers)
        .layer(tiergate::axum::on_refusal(|refusal, request| {
            let problem = Problem::new(refusal).instance(request.uri.path());
            problem.into_response()
        }))
}

fn not_allowed() -> Failure {
    let reason = "THE METHOD IS NOT ALLOWED".to_owned();
    CadError::Refused(StatusCode::METHOD_NOT_ALLOWED, reason).into()
}
