//! Mounts a catalogue's handlers in an actix-web app: `Api::configure`.
// Public only for generated code.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::frameworks::actix_web::guard_first::{Parameters, guard_first};
use crate::frameworks::actix_web::on_refusal::program_on_refusal;
use crate::frameworks::actix_web::route_pattern::route_patterns;
use crate::route::method::Method;
use crate::route::template_comparison::by_specificity;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, Handler, Resource, Responder, Route, guard, web};
use std::marker::PhantomData;

/// A catalogue's routes before they are mounted.
#[derive(Default)]
pub struct Routes(Vec<(&'static str, Method, Route)>);

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
            self.0.push((path, method, route));
        }
    }

    /// Mounts the routes. actix-web uses the first resource whose path matches, and the first matching
    /// route in that resource. The routes are therefore sorted so that actix-web selects the same
    /// endpoint as `Catalogue::find`.
    fn mount(mut self, config: &mut ServiceConfig) {
        self.0
            .sort_by(|(left, left_method, _), (right, right_method, _)| {
                let rank = |method: &Method| match method {
                    Method::Head => 0,
                    Method::Any => 2,
                    _ => 1,
                };
                by_specificity(right, left)
                    .then_with(|| route_patterns(left).cmp(&route_patterns(right)))
                    .then_with(|| rank(left_method).cmp(&rank(right_method)))
            });
        let mut resource: Option<(Vec<String>, Resource)> = None;
        for (path, _, route) in self.0 {
            let patterns = route_patterns(path);
            resource = Some(match resource.take() {
                Some((resource_patterns, resource)) if resource_patterns == patterns => {
                    (resource_patterns, resource.route(route))
                }
                previous_resource => {
                    if let Some((_, finished)) = previous_resource {
                        register_resource(config, finished);
                    }
                    let resource = match patterns.as_slice() {
                        [one] => web::resource(one.as_str()),
                        several => web::resource(several.to_vec()),
                    };
                    (patterns, resource.route(route))
                }
            });
        }
        if let Some((_, finished)) = resource {
            register_resource(config, finished);
        }
    }
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
