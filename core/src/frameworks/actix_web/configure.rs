//! Mounts a catalogue's handlers in an actix-web app: `Api::configure`.
// Public only for generated code.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::frameworks::actix_web::guard_first::{Parameters, guard_first};
use crate::frameworks::actix_web::on_refusal::program_on_refusal;
use crate::frameworks::actix_web::route_pattern::route_patterns;
#[cfg(feature = "quota")]
use crate::quota::{in_program::search_requests, in_request::QuotasExpected};
use crate::route::method::Method;
use crate::route::template_comparison::by_specificity;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, Handler, Resource, Responder, Route, guard, web};
use std::marker::PhantomData;

/// A catalogue's routes before they are mounted.
#[derive(Default)]
pub struct Routes(Vec<CatalogueRoute>);

struct CatalogueRoute {
    path: &'static str,
    method: Method,
    route: Route,
    /// Whether a catalogue with a quota contains the endpoint.
    expects_quotas: bool,
}

impl Routes {
    /// Adds a route for a handler. The compiler has already rejected handlers without a path.
    fn add<F, Args>(&mut self, endpoint: Endpoint, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + Parameters,
        F::Output: Responder + 'static,
    {
        if let Some((method, path)) = endpoint.route() {
            let route = if endpoint.is_public() {
                method_route(method).to(handler)
            } else {
                method_route(method).to(guard_first(handler))
            };
            self.0.push(CatalogueRoute {
                path,
                method,
                route,
                expects_quotas: false,
            });
        }
    }

    /// Returns the number of routes.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Makes the guards of this route and all later routes refuse calls that no `Quotas` count. Generated for
    /// catalogues with a quota.
    pub fn expect_quotas(&mut self, first: usize) {
        #[cfg(feature = "quota")]
        search_requests();
        for route in self.0.iter_mut().skip(first) {
            route.expects_quotas = true;
        }
    }

    /// Mounts the routes. actix-web uses the first resource whose path matches, and the first matching
    /// route in that resource. The routes are therefore sorted so that actix-web selects the same
    /// endpoint as `Catalogue::find`.
    fn mount(mut self, config: &mut ServiceConfig) {
        self.0.sort_by(|left, right| {
            let rank = |method: &Method| match method {
                Method::Head => 0,
                Method::Any => 2,
                _ => 1,
            };
            by_specificity(right.path, left.path)
                .then_with(|| route_patterns(left.path).cmp(&route_patterns(right.path)))
                .then_with(|| rank(&left.method).cmp(&rank(&right.method)))
        });
        let mut routes = self.0.into_iter().peekable();
        while let Some(first) = routes.next() {
            let patterns = route_patterns(first.path);
            let mut expects_quotas = first.expects_quotas;
            let resource = match patterns.as_slice() {
                [one] => web::resource(one.as_str()),
                several => web::resource(several.to_vec()),
            };
            let mut resource = resource.route(first.route);
            while let Some(next) = routes.next_if(|next| route_patterns(next.path) == patterns) {
                expects_quotas |= next.expects_quotas;
                resource = resource.route(next.route);
            }
            register_resource(config, expecting_quotas(resource, expects_quotas));
        }
    }
}

/// Marks the requests to a resource. Its guards then notice if no layer counts the calls.
#[cfg_attr(not(feature = "quota"), allow(unused_variables))]
fn expecting_quotas(resource: Resource, are_expected: bool) -> Resource {
    #[cfg(feature = "quota")]
    if are_expected {
        return resource.app_data(QuotasExpected);
    }
    resource
}

fn register_resource(config: &mut ServiceConfig, resource: Resource) {
    match program_on_refusal() {
        Some(on_refusal) => config.service(resource.wrap(on_refusal)),
        None => config.service(resource),
    };
}

fn method_route(method: Method) -> Route {
    match method {
        // As in axum, a GET handler also handles HEAD, unless HEAD has a separate handler.
        Method::Get => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        Method::Post => web::post(),
        Method::Put => web::put(),
        Method::Patch => web::patch(),
        Method::Delete => web::delete(),
        Method::Head => web::head(),
        Method::Options => web::route().guard(guard::Options()),
        Method::Connect => web::route().guard(guard::Connect()),
        Method::Any => web::route(),
    }
}

/// A handler that may or may not implement actix-web's `Handler`.
///
/// A call to `mount` resolves to [`MountHandler`] if actix-web can mount the handler, and to
/// [`MountOther`] otherwise. This works because the compiler's method lookup prefers a method that
/// takes `self` by value to a method that takes `&self`.
pub struct Mount<H, C> {
    handler: H,
    config: PhantomData<fn() -> C>,
}

impl<H, C> Mount<H, C> {
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            config: PhantomData,
        }
    }
}

pub trait MountHandler<Args> {
    fn mount(self, routes: &mut Routes, endpoint: Endpoint);
}

impl<H, C, Args> MountHandler<Args> for &Mount<H, C>
where
    H: Handler<Args>,
    Args: FromRequest + Parameters,
    H::Output: Responder + 'static,
{
    fn mount(self, routes: &mut Routes, endpoint: Endpoint) {
        routes.add(endpoint, self.handler.clone());
    }
}

pub trait MountOther {
    fn mount(&self, routes: &mut Routes, endpoint: Endpoint);
}

impl<H, C> MountOther for &Mount<H, C> {
    fn mount(&self, _routes: &mut Routes, _endpoint: Endpoint) {
        const {
            // This condition is always false. It depends on both types, because an optimising compiler
            // would evaluate a condition without generic types even in programs that never call
            // `configure`.
            assert!(
                size_of::<(H, C)>() == usize::MAX,
                "`configure()` cannot mount a handler of this catalogue; make it an async function whose parameters implement `FromRequest` and whose return type implements `Responder`"
            );
        }
    }
}

/// A catalogue that can be mounted in actix-web.
#[diagnostic::on_unimplemented(
    message = "`configure` cannot mount the catalogue `{Self}`",
    label = "this catalogue has no `handlers(…)`",
    note = "list the handlers: `#[catalogue(handlers(…))]`, also in every catalogue that is included"
)]
pub trait Configure<C> {
    fn collect(routes: &mut Routes);
}

/// Implemented only by [`ServiceConfig`]. A bound with this trait keeps `configure` generic, so the
/// compiler checks the body of `configure` only if a program calls it. A program that doesn't call
/// `configure` can therefore list handlers for other frameworks.
#[diagnostic::on_unimplemented(
    message = "`configure` mounts in actix-web's `ServiceConfig`, not in `{Self}`",
    note = "call `App::new().configure(Api::configure)`"
)]
pub trait Config: Sized {
    fn mount<T: Configure<Self>>(&mut self);
}

impl Config for ServiceConfig {
    fn mount<T: Configure<Self>>(&mut self) {
        let mut routes = Routes::default();
        T::collect(&mut routes);
        routes.mount(self);
    }
}
