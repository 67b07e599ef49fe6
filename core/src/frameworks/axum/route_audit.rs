//! The result of an audited router's audit.

use crate::catalogue::audit::Audit;
use crate::endpoint::Endpoint;
use std::borrow::Cow;
use std::fmt;

/// The message about a route that is missing from the catalogue.
pub(super) const UNGATED: &str = "is mounted but missing from the catalogue, so every call is refused; annotate its handler with this method and path and with a tier or `public = \"reason\"`, and list it in the catalogue";

/// A route on an [`AuditedRouter`](super::AuditedRouter).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedRoute {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) handler: &'static str,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) is_second: bool,
}

impl MountedRoute {
    /// Returns the HTTP method, or `ANY` if the handler accepts every method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the template of the route's whole path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the name of the handler's type, which contains the function's name. Use it only for
    /// display, because the format depends on the compiler.
    pub fn handler(&self) -> &'static str {
        self.handler
    }

    /// Returns the catalogue's endpoint for this route. If this is `None`, the route refuses every
    /// call.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }
}

/// A route, router or service that was mounted with [`unaudited`](fn@super::unaudited).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnauditedRoute {
    pub(super) path: String,
    pub(super) reason: Cow<'static, str>,
}

impl UnauditedRoute {
    /// Returns a route's path, or the prefix of a nested router or service. For a merged router,
    /// returns `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the reason that was given to [`unaudited`](fn@super::unaudited).
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Writes the path and the reason.
impl fmt::Display for UnauditedRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path, self.reason)
    }
}

/// The result of [`AuditedRouter::audit`](super::AuditedRouter::audit). `Display` writes one line for
/// each finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAudit {
    pub(super) catalogue: Audit,
    pub(super) ungated: Vec<MountedRoute>,
    pub(super) twice: Vec<MountedRoute>,
    pub(super) not_mounted: Vec<Endpoint>,
    pub(super) unaudited: Vec<UnauditedRoute>,
}

impl RouteAudit {
    /// Returns whether the audit found nothing.
    pub fn is_clean(&self) -> bool {
        self.catalogue.is_clean()
            && self.ungated.is_empty()
            && self.twice.is_empty()
            && self.not_mounted.is_empty()
    }

    /// Asserts in a test that the audit found nothing.
    ///
    /// # Panics
    /// Panics if the audit found anything. The message lists all findings.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    /// Returns the findings about the catalogue itself. They don't include
    /// [`Finding::Overlap`](crate::Finding::Overlap), because axum chooses between overlapping
    /// templates in the same way as [`find`](crate::Catalogue::find).
    pub fn catalogue(&self) -> &Audit {
        &self.catalogue
    }

    /// Returns the routes that refuse every call because the catalogue doesn't list their handler for
    /// their HTTP method and path. For a handler mounted with [`public`](super::AuditedRouter::public),
    /// the catalogue only needs to list some public endpoint with the route's HTTP method and path.
    pub fn ungated(&self) -> &[MountedRoute] {
        &self.ungated
    }

    /// Returns the routes whose HTTP method and path were already mounted. The router ignores the
    /// second handler of such a route.
    pub fn twice(&self) -> &[MountedRoute] {
        &self.twice
    }

    /// Returns the catalogue's endpoints that are not mounted.
    pub fn not_mounted(&self) -> &[Endpoint] {
        &self.not_mounted
    }

    /// Returns everything that was mounted with [`unaudited`](fn@super::unaudited), each with the
    /// reason why it isn't audited. These routes are not findings. To keep the list from growing
    /// unnoticed, compare it with the expected list in your test.
    pub fn unaudited(&self) -> &[UnauditedRoute] {
        &self.unaudited
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
                .map(|route| format!("{route} is mounted twice; `{}` is ignored", route.handler)),
        );
        lines.extend(self.not_mounted.iter().map(|endpoint| {
            let (file, line) = (endpoint.file(), endpoint.line());
            format!("{endpoint} at {file}:{line} is in the catalogue but not mounted")
        }));
        if !self.catalogue.is_clean() || lines.is_empty() {
            lines.push(self.catalogue.to_string());
        }
        f.write_str(&lines.join("\n"))
    }
}

/// Writes the HTTP method and the path.
impl fmt::Display for MountedRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
