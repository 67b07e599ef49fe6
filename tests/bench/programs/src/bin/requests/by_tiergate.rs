//! tiergate's attribute, with problem documents and with a bare status.

use crate::app::{self, App, NewNote, Note};
use crate::{Gated, Tier, Told};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Json, Router};
use std::time::{Duration, SystemTime};
use tiergate::axum::on_refusal;
use tiergate::{Caller, Catalogue, InvalidOverrides, Override, Overrides, requires_tier};
use tower::util::MapRequestLayer;

#[requires_tier(Plus, get = "/calls/{id}/notes")]
async fn latest_note(
    State(app): State<App>,
    Path(call): Path<u32>,
) -> Result<Json<Note>, StatusCode> {
    app.latest(call).map(Json)
}

#[requires_tier(Plus, post = "/calls/{id}/notes")]
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

pub(crate) fn with_document(app: App, told: Told) -> Gated {
    gated(Api::router(), app, told)
}

pub(crate) fn bare(app: App, told: Told) -> Gated {
    let bare = on_refusal(|refusal, _| {
        StatusCode::from_u16(refusal.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response()
    });
    gated(Api::router().layer(bare), app, told)
}

/// With a layer of overrides: `count` exceptions for other customers, which are looked up for each request.
pub(crate) fn with_overrides(app: App, told: Told, count: u64) -> Result<Gated, InvalidOverrides> {
    let overrides = Overrides::of::<Api>();
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    if count > 0 {
        let grants = (0..count).map(|customer| {
            Override::grant(format!("customer-{customer}"), "latest_note").until(tomorrow)
        });
        let more = (0..count).map(|customer| {
            Override::grant(format!("customer-{customer}"), "add_note").until(tomorrow)
        });
        overrides.replace(1, grants.chain(more))?;
    }
    Ok(gated(Api::router().layer(overrides), app, told))
}

fn gated(mut router: Router<App>, app: App, told: Told) -> Gated {
    let mut tell: fn(&mut Request, Tier) = |request, tier| {
        request.extensions_mut().insert(Caller::new(tier));
    };
    if told == Told::ByLayer {
        tell = |_, _| {};
        router = router.layer(MapRequestLayer::new(|mut request: Request| {
            let tier = app::tier_of(request.headers());
            request.extensions_mut().insert(Caller::new(tier));
            request
        }));
    }
    Gated {
        router: router.with_state(app),
        tell,
    }
}
