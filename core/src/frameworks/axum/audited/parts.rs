//! The types that an audited router can mount: those whose handlers it can see, and others with a
//! reason.

use crate::catalogue::Catalogue;
use crate::frameworks::axum::audited::routes::{Expected, Routes};
use crate::frameworks::axum::audited::{AuditedRouter, make};
use crate::frameworks::axum::mount::Mounted;
use crate::frameworks::axum::routing::{Decided, MethodRouter};
use axum::{Router, routing};
use std::borrow::Cow;

/// A service or router whose handlers an [`AuditedRouter`](super::AuditedRouter) can't see, and the reason
/// for mounting it. [`unaudited`] creates it.
#[derive(Clone, Debug)]
#[must_use = "mount this on a router; alone it has no effect"]
pub struct Unaudited<T> {
    pub(super) reason: Cow<'static, str>,
    pub(super) inner: T,
}

/// Lets an [`AuditedRouter`](super::AuditedRouter) mount something whose handlers it can't see: a service,
/// an axum router, or one of axum's method routers.
///
/// The router checks nothing inside it. [`RouteAudit::unaudited`] lists the path and the reason for
/// reviewers, so a test can compare the list with the expected one.
///
/// [`RouteAudit::unaudited`]: super::RouteAudit::unaudited
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

/// An argument of [`AuditedRouter::route`].
#[diagnostic::on_unimplemented(
    message = "an audited router cannot inspect the handlers of `{Self}`",
    label = "the handlers in this type are hidden",
    note = "import `get`, `post` and similar functions from `tiergate::axum::routing` instead of `axum::routing`",
    note = "or state why it needs no audit: `tiergate::axum::unaudited(\"reason\", …)`"
)]
pub trait Methods<C, S> {
    #[doc(hidden)]
    fn mount(self, path: &str, on: AuditedRouter<C, S>) -> AuditedRouter<C, S>;
}

impl<C, S> Methods<C, S> for MethodRouter<S>
where
    C: Catalogue + Mounted<S>,
    S: Clone + Send + Sync + 'static,
{
    fn mount(self, path: &str, mut on: AuditedRouter<C, S>) -> AuditedRouter<C, S> {
        let listed = on.handlers();
        on.methods(path, self, |handling| {
            let endpoint = listed.get(&handling.id);
            endpoint.map_or(Expected::Nothing, |endpoint| Expected::This(*endpoint))
        })
    }
}

impl<C, S> Methods<C, S> for Unaudited<routing::MethodRouter<S>>
where
    C: Catalogue,
    S: Clone + Send + Sync + 'static,
{
    fn mount(self, path: &str, on: AuditedRouter<C, S>) -> AuditedRouter<C, S> {
        let Self { reason, inner } = self;
        let route = path.to_owned();
        on.unaudited(reason, path, move |router| {
            router.route(&route, inner.clone())
        })
    }
}

/// An argument of [`AuditedRouter::merge`] and [`AuditedRouter::nest`].
#[diagnostic::on_unimplemented(
    message = "an audited router cannot inspect the routes of `{Self}`",
    label = "the routes in this type are hidden",
    note = "use an `AuditedRouter` here too, or state why it needs no audit: `tiergate::axum::unaudited(\"reason\", router)`"
)]
pub trait Part<S> {
    #[doc(hidden)]
    fn into_made(self) -> Made<S>;
}

/// A router to be mounted on another router.
pub struct Made<S> {
    pub(super) routes: Routes,
    pub(super) make: Box<Make<S>>,
}

type Make<S> = dyn Fn(&mut Decided) -> Router<S> + Send + Sync;

impl<C, S> Part<S> for AuditedRouter<C, S>
where
    S: Clone + Send + Sync + 'static,
{
    fn into_made(self) -> Made<S> {
        let steps = self.steps;
        Made {
            routes: self.routes,
            make: Box::new(move |decided| make(&steps, decided)),
        }
    }
}

impl<R, S> Part<S> for Unaudited<R>
where
    R: Into<Router<S>>,
    S: Clone + Send + Sync + 'static,
{
    fn into_made(self) -> Made<S> {
        let router = self.inner.into();
        let mut routes = Routes::default();
        routes.add_unaudited(self.reason, "/");
        Made {
            routes,
            make: Box::new(move |_| router.clone()),
        }
    }
}
