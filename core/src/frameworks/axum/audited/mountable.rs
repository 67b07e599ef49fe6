//! The types that an audited router can mount: routers whose handlers it can identify, and unaudited
//! routers.

use crate::catalogue::Catalogue;
use crate::frameworks::axum::audited::mounted_routes::{ExpectedEndpoint, MountedRoutes};
use crate::frameworks::axum::audited::unaudited::Unaudited;
use crate::frameworks::axum::audited::{AuditedRouter, build_router};
use crate::frameworks::axum::catalogue_router::Mounted;
use crate::frameworks::axum::routing::{AuditResults, MethodRouter};
use axum::{Router, routing};

/// An argument of [`AuditedRouter::route`].
#[diagnostic::on_unimplemented(
    message = "an audited router cannot inspect the handlers of `{Self}`",
    label = "the handlers in this type are hidden",
    note = "import `get`, `post` and similar functions from `tiergate::axum::routing` instead of `axum::routing`",
    note = "or state why it needs no audit: `tiergate::axum::unaudited(\"reason\", …)`"
)]
pub trait MountableMethods<C, S> {
    #[doc(hidden)]
    fn mount(self, path: &str, audited: AuditedRouter<C, S>) -> AuditedRouter<C, S>;
}

impl<C, S> MountableMethods<C, S> for MethodRouter<S>
where
    C: Catalogue + Mounted<S>,
    S: Clone + Send + Sync + 'static,
{
    fn mount(self, path: &str, mut audited: AuditedRouter<C, S>) -> AuditedRouter<C, S> {
        let listed_handlers = audited.listed_handlers();
        audited.mount_methods(path, self, |recorded| {
            let endpoint = listed_handlers.get(&recorded.id);
            endpoint.map_or(ExpectedEndpoint::None, |endpoint| {
                ExpectedEndpoint::Listed(*endpoint)
            })
        })
    }
}

impl<C, S> MountableMethods<C, S> for Unaudited<routing::MethodRouter<S>>
where
    C: Catalogue,
    S: Clone + Send + Sync + 'static,
{
    fn mount(self, path: &str, audited: AuditedRouter<C, S>) -> AuditedRouter<C, S> {
        let Self { reason, inner } = self;
        let route = path.to_owned();
        audited.mount_unaudited(reason, path, move |router| {
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
pub trait MountableRouter<S> {
    #[doc(hidden)]
    fn into_unbuilt(self) -> UnbuiltRouter<S>;
}

/// A router to be mounted on another router.
pub struct UnbuiltRouter<S> {
    pub(super) routes: MountedRoutes,
    pub(super) build: Box<BuildRouter<S>>,
}

type BuildRouter<S> = dyn Fn(&mut AuditResults) -> Router<S> + Send + Sync;

impl<C, S> MountableRouter<S> for AuditedRouter<C, S>
where
    S: Clone + Send + Sync + 'static,
{
    fn into_unbuilt(self) -> UnbuiltRouter<S> {
        let steps = self.steps;
        UnbuiltRouter {
            routes: self.routes,
            build: Box::new(move |audit_results| build_router(&steps, audit_results)),
        }
    }
}

impl<R, S> MountableRouter<S> for Unaudited<R>
where
    R: Into<Router<S>>,
    S: Clone + Send + Sync + 'static,
{
    fn into_unbuilt(self) -> UnbuiltRouter<S> {
        let router = self.inner.into();
        let mut routes = MountedRoutes::default();
        routes.add_unaudited(self.reason, "/");
        UnbuiltRouter {
            routes,
            build: Box::new(move |_| router.clone()),
        }
    }
}
