//! The endpoints of receivers, and the list of all events.

use super::Outbox;
use super::signature::shown;
use crate::Tier;
use crate::billing::Subscriptions;
use crate::events::{
    CharacterEvent, DeviceEvent, DispatchEvent, EmergencyEvent, GroupEvent, RecordEvent, SignEvent,
    UnitEvent,
};
use crate::store::{Cad, Community};
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use tiergate::axum::AuditedRouter;
use tiergate::source::Credential;
use tiergate::{Catalogue, Overrides, Problem, TierLayer, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(listen, signing_secret),
    events(
        CharacterEvent,
        DeviceEvent,
        DispatchEvent,
        EmergencyEvent,
        GroupEvent,
        RecordEvent,
        SignEvent,
        UnitEvent,
    )
)]
pub(crate) struct Events;

/// The longest message of a client. Clients have nothing to say.
const MESSAGE_BYTES: usize = 4 << 10;

/// Opens a `WebSocket` over which the community gets its events.
// No event is part of a lower tier.
#[requires_tier(Plus, get = "/events", limit = "10/minute", cost = 0, guard = pass)]
async fn listen(
    community: Community,
    Extension(outbox): Extension<Outbox>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let watch = pass.watch();
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES);
    upgrade.on_upgrade(async move |socket| {
        let socket = watch.socket::<_, Message>(socket);
        outbox.serve_socket(&community.queue(), socket).await;
    })
}

/// Returns the secret that signs the community's events.
#[requires_tier(Plus, get = "/events/secret", limit = "10/minute", cost = 0)]
async fn signing_secret(community: Community) -> Json<Value> {
    Json(json!({ "secret": shown(&community.webhook_secret()) }))
}

/// Builds the routes.
pub(crate) fn routes(
    outbox: &Outbox,
    subscriptions: &Subscriptions,
    overrides: &Overrides<Tier>,
) -> AuditedRouter<Events, Cad> {
    let tiers = TierLayer::new(subscriptions.cached.clone())
        .credential(Credential::bearer())
        .overrides(overrides);
    AuditedRouter::new()
        .catalogue()
        .route_layer(tiers)
        .layer(Extension(outbox.clone()))
        .layer(tiergate::axum::on_refusal(|refusal, request| {
            let problem = Problem::new(refusal).instance(request.uri.path());
            problem.into_response()
        }))
}
