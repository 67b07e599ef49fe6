//! The page that customers read.

use crate::{Api, TITLE};
use axum::response::{Html, IntoResponse};
use std::sync::LazyLock;
use tiergate::html::{CONTENT_SECURITY_POLICY, Page};
use tiergate::{Snapshot, requires_tier};

/// The catalogue does not change while the server runs.
static PAGE: LazyLock<String> = LazyLock::new(|| render(&Snapshot::of::<Api>()));

/// The page, also for the command line.
pub(crate) fn render(snapshot: &Snapshot) -> String {
    Page::new(snapshot).title(TITLE).render()
}

/// Shows which subscription each endpoint requires.
#[requires_tier(public = "customers read it before they subscribe", get = "/")]
pub(crate) async fn restrictions() -> impl IntoResponse {
    let policy = [("content-security-policy", CONTENT_SECURITY_POLICY)];
    (policy, Html(PAGE.as_str()))
}
