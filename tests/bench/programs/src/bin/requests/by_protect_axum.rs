//! The attribute of protect-axum, on the same handlers.
//!
//! An authority corresponds to a tier. Authorities don't form a ladder, so a caller also has those of
//! all lower tiers. Two choices favour protect-axum: its authorities are an enum instead of strings,
//! and its document has fewer members, because the function that creates it gets no details.

use crate::app::{self, App, NewNote, Note};
use crate::{Gated, Tier, Told};
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use protect_axum::GrantsLayer;
use protect_axum::authorities::AttachAuthorities;
use serde::Serialize;
use std::collections::HashSet;

mod refused_with_a_status {
    use super::{App, Json, NewNote, Note, Path, State, StatusCode, Tier};

    #[protect_axum::protect("Tier::Plus", ty = "Tier")]
    pub(super) async fn latest_note(
        State(app): State<App>,
        Path(call): Path<u32>,
    ) -> Result<Json<Note>, StatusCode> {
        app.latest(call).map(Json)
    }

    #[protect_axum::protect("Tier::Plus", ty = "Tier")]
    pub(super) async fn add_note(
        State(app): State<App>,
        Path(call): Path<u32>,
        Json(note): Json<NewNote>,
    ) -> Result<Json<Note>, StatusCode> {
        app.add(call, note).map(Json)
    }
}

mod refused_with_a_document {
    use super::{App, Json, NewNote, Note, Path, State, StatusCode, Tier, problem};

    #[protect_axum::protect("Tier::Plus", ty = "Tier", error = "problem")]
    pub(super) async fn latest_note(
        State(app): State<App>,
        Path(call): Path<u32>,
    ) -> Result<Json<Note>, StatusCode> {
        app.latest(call).map(Json)
    }

    #[protect_axum::protect("Tier::Plus", ty = "Tier", error = "problem")]
    pub(super) async fn add_note(
        State(app): State<App>,
        Path(call): Path<u32>,
        Json(note): Json<NewNote>,
    ) -> Result<Json<Note>, StatusCode> {
        app.add(call, note).map(Json)
    }
}

#[derive(Serialize)]
struct Problem {
    title: &'static str,
    status: u16,
    detail: &'static str,
    code: &'static str,
    required_tier: &'static str,
}

fn problem() -> Response {
    let problem = Problem {
        title: "A higher subscription tier is required",
        status: 403,
        detail: "The endpoint requires the tier Plus",
        code: "tier_too_low",
        required_tier: "Plus",
    };
    let media_type = HeaderValue::from_static("application/problem+json");
    let no_store = HeaderValue::from_static("no-store");
    let document = serde_json::to_string(&problem).unwrap_or_default();
    (
        StatusCode::FORBIDDEN,
        [(CONTENT_TYPE, media_type), (CACHE_CONTROL, no_store)],
        document,
    )
        .into_response()
}

pub(crate) fn bare(app: App, told: Told) -> Gated {
    use refused_with_a_status::{add_note, latest_note};

    let methods = get(latest_note).post(add_note);
    gated(Router::new().route(app::ROUTE, methods), app, told)
}

pub(crate) fn with_document(app: App, told: Told) -> Gated {
    use refused_with_a_document::{add_note, latest_note};

    let methods = get(latest_note).post(add_note);
    gated(Router::new().route(app::ROUTE, methods), app, told)
}

fn authorities(caller: Tier) -> impl Iterator<Item = Tier> {
    Tier::ALL
        .iter()
        .copied()
        .filter(move |tier| caller.allows(*tier))
}

async fn extract(request: &mut Request) -> Result<HashSet<Tier>, Response> {
    Ok(authorities(app::tier_of(request.headers())).collect())
}

fn gated(mut router: Router<App>, app: App, told: Told) -> Gated {
    let mut tell: fn(&mut Request, Tier) = |request, tier| request.attach(authorities(tier));
    if told == Told::ByLayer {
        tell = |_, _| {};
        router = router.layer(GrantsLayer::with_extractor(extract));
    }
    Gated {
        router: router.with_state(app),
        tell,
    }
}
