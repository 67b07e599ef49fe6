//! tiergate's attribute with a limit, and `Quotas` in memory.

use crate::Gated;
use crate::Tier;
use crate::app::{App, NewNote, Note};
use crate::by_limiter::CUSTOMER;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use tiergate::{Caller, Catalogue, Quotas, requires_tier};

#[requires_tier(Plus, get = "/calls/{id}/notes", limit = "1000000/minute")]
async fn latest_note(
    State(app): State<App>,
    Path(call): Path<u32>,
) -> Result<Json<Note>, StatusCode> {
    app.latest(call).map(Json)
}

#[requires_tier(Plus, post = "/calls/{id}/notes", limit = "1000000/minute")]
async fn add_note(
    State(app): State<App>,
    Path(call): Path<u32>,
    Json(note): Json<NewNote>,
) -> Result<Json<Note>, StatusCode> {
    app.add(call, note).map(Json)
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = App, handlers(latest_note, add_note))]
struct Api;

pub(crate) fn with_limit(app: App) -> Gated {
    Gated {
        router: Api::router().layer(Quotas::local::<Api>()).with_state(app),
        tell: |request, tier| {
            let caller = Caller::new(tier).with_id(CUSTOMER.clone());
            request.extensions_mut().insert(caller);
        },
    }
}
