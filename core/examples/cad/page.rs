//! The page for customers.

use crate::{Api, TITLE, Tier};
use axum::Extension;
use axum::body::Bytes;
use axum::response::{Html, IntoResponse};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tiergate::html::{CONTENT_SECURITY_POLICY, Page};
use tiergate::{Overrides, Snapshot, requires_tier};

/// The catalogue, which doesn't change while the server runs.
static CATALOGUE: LazyLock<Snapshot> = LazyLock::new(Snapshot::of::<Api>);

/// How long a rendered page is reused. An override can end without a new version.
const LIFETIME: Duration = Duration::from_secs(1);

/// The page with the overrides. Anyone may request it, so requests share it.
#[derive(Clone)]
pub(crate) struct Shown {
    overrides: Overrides<Tier>,
    last: Arc<Mutex<Option<Rendered>>>,
}

struct Rendered {
    page: Bytes,
    /// The version of the overrides.
    version: Option<u64>,
    at: Instant,
}

impl Shown {
    pub(crate) fn new(overrides: &Overrides<Tier>) -> Self {
        Self {
            overrides: overrides.clone(),
            last: Arc::default(),
        }
    }

    /// Returns the page. Renders it again if the overrides have changed or the page is too old.
    fn page(&self, now: Instant) -> Bytes {
        let version = self.overrides.version();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &*last
            && last.version == version
            && now.duration_since(last.at) < LIFETIME
        {
            return last.page.clone();
        }
        let page = Page::new(&CATALOGUE).title(TITLE);
        let page = Bytes::from(page.overrides(&self.overrides).render());
        *last = Some(Rendered {
            page: page.clone(),
            version,
            at: now,
        });
        page
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
    (policy, Html(shown.page(Instant::now())))
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME, Shown};
    use crate::Api;
    use std::time::Instant;
    use tiergate::{Override, Overrides};

    #[test]
    fn requests_share_a_page_until_it_changes() {
        let overrides = Overrides::of::<Api>();
        let shown = Shown::new(&overrides);
        let now = Instant::now();
        let first = shown.page(now);
        assert_eq!(shown.page(now).as_ptr(), first.as_ptr());
        let later = shown.page(now + LIFETIME);
        assert_ne!(later.as_ptr(), first.as_ptr());
        assert_eq!(later, first);

        let close = Override::close("close_call").by("ops");
        overrides.replace(1, [close]).expect("valid overrides");
        let page = String::from_utf8(shown.page(now).to_vec()).expect("text");
        assert!(page.contains("Closed for now"));
    }
}
