//! What is mounted on an audited router, and what is wrong with it.

use crate::route::Method;
use crate::{Audit, Endpoint};
use std::fmt;

/// What is said of a route that is in no catalogue.
pub(super) const UNGATED: &str = "is mounted, and no such endpoint is in the catalogue: annotate its handler with a tier, or with `public = \"reason\"`, and with this method and path, and list it; until then it is refused";

/// A route of an [`Audited`](super::Audited) router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedRoute {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) handler: &'static str,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) is_second: bool,
}

impl MountedRoute {
    /// The HTTP method.
    pub fn method(&self) -> &'static str {
        self.method.as_str()
    }

    /// The template of the whole path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The type of the handler, which names the function. For people to read: how it is written
    /// depends on the compiler.
    pub fn handler(&self) -> &'static str {
        self.handler
    }

    /// The endpoint of the catalogue that is mounted there. Without one, the route refuses.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }
}

/// What [`Audited::audit`](super::Audited::audit) found. As text, one line for each finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAudit {
    pub(super) catalogue: Audit,
    pub(super) ungated: Vec<MountedRoute>,
    pub(super) twice: Vec<MountedRoute>,
    pub(super) not_mounted: Vec<Endpoint>,
}

impl RouteAudit {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.catalogue.is_clean()
            && self.ungated.is_empty()
            && self.twice.is_empty()
            && self.not_mounted.is_empty()
    }

    /// For a test: does nothing if nothing is wrong.
    ///
    /// # Panics
    /// With everything that is wrong, if something is.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    /// What is wrong with the catalogue itself. Not [`Finding::Overlap`](crate::Finding::Overlap), as
    /// axum decides between the two endpoints as [`find`](crate::Catalogue::find) does.
    pub fn catalogue(&self) -> &Audit {
        &self.catalogue
    }

    /// The routes that the catalogue does not have, and that refuse. It has a gated handler's if it
    /// has this very handler there, and one of [`open`](super::Audited::open) if it has any open
    /// endpoint there.
    pub fn ungated(&self) -> &[MountedRoute] {
        &self.ungated
    }

    /// The routes that were mounted before, and were left out.
    pub fn twice(&self) -> &[MountedRoute] {
        &self.twice
    }

    /// The endpoints of the catalogue that are not mounted.
    pub fn not_mounted(&self) -> &[Endpoint] {
        &self.not_mounted
    }
}

impl fmt::Display for RouteAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        lines.extend(
            self.ungated
                .iter()
                .map(|route| format!("{route} {UNGATED} (`{}`)", route.handler)),
        );
        lines.extend(
            self.twice
                .iter()
                .map(|route| format!("{route} is mounted twice; `{}` was left out", route.handler)),
        );
        lines.extend(self.not_mounted.iter().map(|endpoint| {
            let (file, line) = (endpoint.file(), endpoint.line());
            format!("{endpoint} at {file}:{line} is in the catalogue and not mounted")
        }));
        if !self.catalogue.is_clean() || lines.is_empty() {
            lines.push(self.catalogue.to_string());
        }
        f.write_str(&lines.join("\n"))
    }
}

/// Method and path.
impl fmt::Display for MountedRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}
