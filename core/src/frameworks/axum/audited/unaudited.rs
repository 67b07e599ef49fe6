//! Services and routers that are mounted without an audit, for a stated reason.

use std::borrow::Cow;

/// A service or router whose handlers an [`AuditedRouter`](super::AuditedRouter) can't see, and the
/// reason why it needs no audit. The function [`unaudited`](fn@unaudited) creates this type.
#[derive(Clone, Debug)]
#[must_use = "mount this on a router; alone it has no effect"]
pub struct Unaudited<T> {
    pub(super) reason: Cow<'static, str>,
    pub(super) inner: T,
}

/// Wraps a service, an axum router or one of axum's method routers. An
/// [`AuditedRouter`](super::AuditedRouter) can mount the wrapped value, although it can't see the
/// handlers inside.
///
/// The router doesn't check these handlers. [`RouteAudit::unaudited`] lists the path and the reason for
/// reviewers, and a test can compare this list with the expected list.
///
/// [`RouteAudit::unaudited`]: crate::axum::RouteAudit::unaudited
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use tiergate::axum::{AuditedRouter, unaudited};
/// # use tiergate::{Catalogue, requires_tier};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// # #[requires_tier(Plus, get = "/export")]
/// # async fn export() {}
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, state = (), handlers(export))]
/// # struct Api;
///
/// let metrics = Router::new().route("/metrics", get(|| async { "up 1" }));
/// let app = AuditedRouter::<Api>::new()
///     .catalogue()
///     .merge(unaudited("only our own network reaches this port", metrics));
/// let audit = app.audit();
/// audit.assert_clean();
/// assert_eq!(audit.unaudited().len(), 1);
/// ```
///
/// # Panics
/// Panics if the reason is blank.
#[track_caller]
pub fn unaudited<T>(reason: impl Into<Cow<'static, str>>, inner: T) -> Unaudited<T> {
    let reason = reason.into();
    assert!(
        !reason.trim().is_empty(),
        "the reason is empty; write why this needs no audit: `unaudited(\"reason\", …)`"
    );
    Unaudited { reason, inner }
}
