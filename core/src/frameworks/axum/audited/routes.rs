//! The routes of an audited router.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::frameworks::axum::route_audit::{MountedRoute, UnauditedRoute};
use crate::route::nameless;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Everything that was mounted.
#[derive(Clone, Debug, Default)]
pub(super) struct Routes {
    mounts: Vec<Mount>,
    /// The method and path of every mount.
    taken: HashSet<Key>,
    unaudited: Vec<UnauditedRoute>,
}

/// A handler that is mounted for a method and a path.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    method: &'static str,
    /// The path known so far. Nesting adds a prefix.
    path: String,
    handler: &'static str,
    expected: Expected,
    is_second: bool,
}

/// The endpoint that the catalogue must have for a mounted handler.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    This(Endpoint),
    /// Any public endpoint.
    Public,
    /// The handler is in no catalogue.
    Nothing,
}

impl Expected {
    fn is(self, endpoint: Endpoint) -> bool {
        match self {
            Self::This(expected) => endpoint == expected,
            Self::Public => endpoint.public_reason().is_some(),
            Self::Nothing => false,
        }
    }
}

/// A method, and a path without the names of its parameters.
type Key = (&'static str, String);

fn key(method: &'static str, path: &str) -> Key {
    (method, nameless(path))
}

/// Joins a prefix and a path in the same way as axum.
fn below(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

impl Routes {
    pub(super) fn add(
        &mut self,
        method: &'static str,
        path: &str,
        handler: &'static str,
        expected: Expected,
    ) {
        self.mounts.push(Mount {
            method,
            path: path.to_owned(),
            handler,
            expected,
            is_second: !self.taken.insert(key(method, path)),
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
        for mount in nested.mounts {
            let path = below(prefix, &mount.path);
            self.taken.insert(key(mount.method, &path));
            self.mounts.push(Mount { path, ..mount });
        }
        let unaudited = nested.unaudited.into_iter().map(|mut route| {
            route.path = below(prefix, &route.path);
            route
        });
        self.unaudited.extend(unaudited);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.mounts.extend(other.mounts);
        self.taken.extend(other.taken);
        self.unaudited.extend(other.unaudited);
    }

    /// Looks up each mount in the catalogue, in mounting order.
    pub(super) fn decide<C: Catalogue>(&self) -> Vec<MountedRoute> {
        let mut listed: HashMap<Key, Vec<Endpoint>> = HashMap::new();
        for endpoint in C::endpoints() {
            if let Some((method, path)) = endpoint.route() {
                let there = listed.entry(key(method.as_str(), path)).or_default();
                there.push(*endpoint);
            }
        }
        let decide = |mount: &Mount| {
            let there = listed.get(&key(mount.method, &mount.path));
            let mut there = there.into_iter().flatten().copied();
            MountedRoute {
                method: mount.method,
                path: mount.path.clone(),
                handler: mount.handler,
                endpoint: there.find(|endpoint| mount.expected.is(*endpoint)),
                is_second: mount.is_second,
            }
        };
        self.mounts.iter().map(decide).collect()
    }

    /// Returns the catalogue's endpoints for which nothing is mounted.
    pub(super) fn missing<C: Catalogue>(&self) -> Vec<Endpoint> {
        let is_missing = |endpoint: &&Endpoint| {
            let route = endpoint.route();
            route.is_some_and(|(method, path)| !self.taken.contains(&key(method.as_str(), path)))
        };
        C::endpoints().iter().filter(is_missing).copied().collect()
    }
}
