//! Records the routes mounted on an audited router, and compares them with the catalogue.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::frameworks::axum::route_audit::{MountedRoute, UnauditedRoute};
use crate::route::template_segments::nameless;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Everything that was mounted on an audited router.
#[derive(Clone, Debug, Default)]
pub(super) struct MountedRoutes {
    handlers: Vec<MountedHandler>,
    /// Every mounted handler's HTTP method and path.
    mounted_keys: HashSet<RouteKey>,
    unaudited: Vec<UnauditedRoute>,
}

/// A handler that was mounted for an HTTP method and a path.
#[derive(Clone, Debug)]
pub(super) struct MountedHandler {
    method: &'static str,
    /// The path within this router. If this router is nested in another router, the prefix of the
    /// nested router is added to the path.
    path: String,
    handler: &'static str,
    expected: ExpectedEndpoint,
    is_second: bool,
}

/// The endpoint that the catalogue must contain for a mounted handler.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExpectedEndpoint {
    Listed(Endpoint),
    /// Any public endpoint.
    Public,
    /// No endpoint, because the catalogue doesn't list the handler.
    None,
}

impl ExpectedEndpoint {
    fn is_met_by(self, endpoint: Endpoint) -> bool {
        match self {
            Self::Listed(expected) => endpoint == expected,
            Self::Public => endpoint.is_public(),
            Self::None => false,
        }
    }
}

/// An HTTP method, and a path without the names of its parameters.
type RouteKey = (&'static str, String);

fn route_key(method: &'static str, path: &str) -> RouteKey {
    (method, nameless(path))
}

/// Joins a prefix and a path in the same way as axum does for nested routers.
fn nested_path(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

impl MountedRoutes {
    pub(super) fn add(
        &mut self,
        method: &'static str,
        path: &str,
        handler: &'static str,
        expected: ExpectedEndpoint,
    ) {
        self.handlers.push(MountedHandler {
            method,
            path: path.to_owned(),
            handler,
            expected,
            is_second: !self.mounted_keys.insert(route_key(method, path)),
        });
    }

    pub(super) fn add_unaudited(&mut self, reason: Cow<'static, str>, path: &str) {
        self.unaudited.push(UnauditedRoute {
            path: path.to_owned(),
            reason,
        });
    }

    pub(super) fn unaudited(&self) -> &[UnauditedRoute] {
        &self.unaudited
    }

    pub(super) fn nest(&mut self, prefix: &str, nested: Self) {
        for mounted in nested.handlers {
            let path = nested_path(prefix, &mounted.path);
            self.mounted_keys.insert(route_key(mounted.method, &path));
            self.handlers.push(MountedHandler { path, ..mounted });
        }
        let unaudited = nested.unaudited.into_iter().map(|mut route| {
            route.path = nested_path(prefix, &route.path);
            route
        });
        self.unaudited.extend(unaudited);
    }

    pub(super) fn merge(&mut self, merged: Self) {
        self.handlers.extend(merged.handlers);
        self.mounted_keys.extend(merged.mounted_keys);
        self.unaudited.extend(merged.unaudited);
    }

    /// Looks up each mounted handler in the catalogue. The results are in mounting order.
    pub(super) fn audit_results<C: Catalogue>(&self) -> Vec<MountedRoute> {
        let mut listed_endpoints: HashMap<RouteKey, Vec<Endpoint>> = HashMap::new();
        for endpoint in C::endpoints() {
            if let Some((method, path)) = endpoint.route() {
                let same_route = listed_endpoints
                    .entry(route_key(method.as_str(), path))
                    .or_default();
                same_route.push(*endpoint);
            }
        }
        let audit_result = |mounted: &MountedHandler| {
            let same_route = listed_endpoints.get(&route_key(mounted.method, &mounted.path));
            let mut same_route = same_route.into_iter().flatten().copied();
            MountedRoute {
                method: mounted.method,
                path: mounted.path.clone(),
                handler: mounted.handler,
                endpoint: same_route.find(|endpoint| mounted.expected.is_met_by(*endpoint)),
                is_second: mounted.is_second,
            }
        };
        self.handlers.iter().map(audit_result).collect()
    }

    /// Returns the catalogue's endpoints whose routes have no mounted handler.
    pub(super) fn unmounted_endpoints<C: Catalogue>(&self) -> Vec<Endpoint> {
        let is_unmounted = |endpoint: &&Endpoint| {
            let route = endpoint.route();
            route.is_some_and(|(method, path)| {
                !self
                    .mounted_keys
                    .contains(&route_key(method.as_str(), path))
            })
        };
        C::endpoints()
            .iter()
            .filter(is_unmounted)
            .copied()
            .collect()
    }
}
