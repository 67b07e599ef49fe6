//! The page for customers.

use crate::{Api, TITLE};
use axum::response::{Html, IntoResponse};
use std::sync::LazyLock;
use tiergate::html::{CONTENT_SECURITY_POLICY, Page};
use tiergate::{Snapshot, requires_tier};

/// The page, rendered once because the catalogue doesn't change while the server runs.
static PAGE: LazyLock<String> = LazyLock::new(|| render(&Snapshot::of::<Api>()));

/// Renders the page, for the server and for the command line.
pub(crate) fn render(snapshot: &Snapshot) -> String {
    Page::new(snapshot).title(TITLE).render()
}

/// Shows which subscription each endpoint requires.
#[requires_tier(public = "customers read it before they subscribe", get = "/")]
pub(crate) async fn restrictions() -> impl IntoResponse {
    let policy = [("content-security-policy", CONTENT_SECURITY_POLICY)];
    (policy, Html(PAGE.as_str()))
}
