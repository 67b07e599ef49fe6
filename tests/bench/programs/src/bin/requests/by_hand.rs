//! A check in the handler. It reads the tier that a layer inserted into the request's extensions.

use crate::app::{self, App, NewNote, Note};
use crate::{Gated, Tier, Told};
use axum::extract::{Extension, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tower::util::MapRequestLayer;

mod refused_with_a_status {
    use super::{App, Extension, Json, NewNote, Note, Path, State, StatusCode, Tier};

    pub(super) async fn latest_note(
        Extension(tier): Extension<Tier>,
        State(app): State<App>,
        Path(call): Path<u32>,
    ) -> Result<Json<Note>, StatusCode> {
        if tier < Tier::Plus {
            return Err(StatusCode::FORBIDDEN);
        }
        app.latest(call).map(Json)
    }

    pub(super) async fn add_note(
        Extension(tier): Extension<Tier>,
        State(app): State<App>,
        Path(call): Path<u32>,
        Json(note): Json<NewNote>,
    ) -> Result<Json<Note>, StatusCode> {
        if tier < Tier::Plus {
            return Err(StatusCode::FORBIDDEN);
        }
        app.add(call, note).map(Json)
    }
}

mod refused_with_a_document {
    use super::{App, Extension, Json, NewNote, Note, Path, Problem, Refused, State, Tier};

    pub(super) async fn latest_note(
        Extension(tier): Extension<Tier>,
        State(app): State<App>,
        Path(call): Path<u32>,
    ) -> Result<Json<Note>, Refused> {
        if tier < Tier::Plus {
            let problem = Problem::new("latest_note", "GET", tier, call);
            return Err(Refused::Problem(problem));
        }
        app.latest(call).map(Json).map_err(Refused::Status)
    }

    pub(super) async fn add_note(
        Extension(tier): Extension<Tier>,
        State(app): State<App>,
        Path(call): Path<u32>,
        Json(note): Json<NewNote>,
    ) -> Result<Json<Note>, Refused> {
        if tier < Tier::Plus {
            let problem = Problem::new("add_note", "POST", tier, call);
            return Err(Refused::Problem(problem));
        }
        app.add(call, note).map(Json).map_err(Refused::Status)
    }
}

enum Refused {
    Status(StatusCode),
    Problem(Problem),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => status.into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// The same document as tiergate's, byte for byte.
#[derive(Serialize)]
struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
    instance: String,
    code: &'static str,
    endpoint: &'static str,
    required_tier: &'static str,
    actual_tier: &'static str,
}

impl Problem {
    fn new(endpoint: &'static str, method: &str, tier: Tier, call: u32) -> Self {
        let route = app::ROUTE;
        let actual = tier.name();
        Self {
            title: "A higher subscription tier is required",
            status: 403,
            detail: format!(
                "`{endpoint}` ({method} {route}) requires the tier Plus; the caller has {actual}"
            ),
            instance: format!("/calls/{call}/notes"),
            code: "tier_too_low",
            endpoint,
            required_tier: "Plus",
            actual_tier: actual,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let media_type = HeaderValue::from_static("application/problem+json");
        let no_store = HeaderValue::from_static("no-store");
        let document = serde_json::to_string(&self).unwrap_or_default();
        (
            StatusCode::FORBIDDEN,
            [(CONTENT_TYPE, media_type), (CACHE_CONTROL, no_store)],
            document,
        )
            .into_response()
    }
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

/// The same with a layer that does nothing, for comparison with a gate that needs another layer.
pub(crate) fn with_idle_layer(app: App, told: Told) -> Gated {
    use refused_with_a_document::{add_note, latest_note};

    let methods = get(latest_note).post(add_note);
    let router = Router::new().route(app::ROUTE, methods);
    gated(
        router.layer(MapRequestLayer::new(|request| request)),
        app,
        told,
    )
}

fn gated(mut router: Router<App>, app: App, told: Told) -> Gated {
    let mut tell: fn(&mut _, _) = |request, tier| {
        axum::extract::Request::extensions_mut(request).insert(tier);
    };
    if told == Told::ByLayer {
        tell = |_, _| {};
        router = router.layer(MapRequestLayer::new(
            |mut request: axum::extract::Request| {
                let tier = app::tier_of(request.headers());
                request.extensions_mut().insert(tier);
                request
            },
        ));
    }
    Gated {
        router: router.with_state(app),
        tell,
    }
}
