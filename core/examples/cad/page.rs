//! The page for customers.

use crate::{Api, TITLE, Tier};
use axum::Extension;
use axum::response::{Html, IntoResponse};
use std::sync::LazyLock;
use tiergate::html::{CONTENT_SECURITY_POLICY, Page};
use tiergate::{Overrides, Snapshot, requires_tier};

/// The catalogue, which doesn't change while the server runs.
static CATALOGUE: LazyLock<Snapshot> = LazyLock::new(Snapshot::of::<Api>);

/// The page without overrides.
static PAGE: LazyLock<String> = LazyLock::new(|| render(&CATALOGUE));

/// The overrides that the page shows.
#[derive(Clone)]
pub(crate) struct Shown(pub(crate) Overrides<Tier>);

impl Shown {
    /// Renders the page. Overrides change and end while the server runs.
    fn render(&self) -> String {
        if self.0.list().is_empty() {
            return PAGE.clone();
        }
        let page = Page::new(&CATALOGUE).title(TITLE).overrides(&self.0);
        page.render()
    }
}

/// Renders the page without overrides.
pub(crate) fn render(snapshot: &Snapshot) -> String {
    Page::new(snapshot).title(TITLE).render()
}

/// Shows which subscription each endpoint requires.
#[requires_tier(public = "customers read it before they subscribe", get = "/")]
pub(crate) async fn restrictions(Extension(shown): Extension<Shown>) -> impl IntoResponse {
    let policy = [("content-security-policy", CONTENT_SECURITY_POLICY)];
    (policy, Html(shown.render()))
}
