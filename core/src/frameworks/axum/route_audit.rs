//! What is mounted on an audited router, and what is wrong with it.

use crate::catalogue::audit::Audit;
use crate::endpoint::Endpoint;
use std::borrow::Cow;
use std::fmt;

/// What is said of a route that is in no catalogue.
pub(super) const UNGATED: &str = "is mounted, and no such endpoint is in the catalogue: annotate its handler with a tier, or with `public = \"reason\"`, and with this method and path, and list it; until then it is refused";

/// A route of an [`Audited`](super::Audited) router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedRoute {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) handler: &'static str,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) is_second: bool,
}

impl MountedRoute {
    /// The HTTP method, or `ANY` for a handler of every method.
    pub fn method(&self) -> &'static str {
        self.method
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

/// Something that was mounted [`unaudited`](super::unaudited).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnauditedRoute {
    pub(super) path: String,
    pub(super) reason: Cow<'static, str>,
}

impl UnauditedRoute {
    /// The path, or the prefix of a router or a nested service: `/` if it was merged.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The reason given for it.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Path and reason.
impl fmt::Display for UnauditedRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path, self.reason)
    }
}

/// What [`Audited::audit`](super::Audited::audit) found. As text, one line for each finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAudit {
    pub(super) catalogue: Audit,
    pub(super) ungated: Vec<MountedRoute>,
    pub(super) twice: Vec<MountedRoute>,
    pub(super) not_mounted: Vec<Endpoint>,
    pub(super) unaudited: Vec<UnauditedRoute>,
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

    /// The routes that refuse because the catalogue does not list this handler for this method and
    /// path. For a handler that was mounted by [`open`](super::Audited::open), any public endpoint of
    /// this method and path is enough.
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

    /// What was mounted [`unaudited`](super::unaudited), with the reasons. These are no findings: to
    /// keep the list from growing unseen, compare it with the expected one in your test.
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
        write!(f, "{} {}", self.method, self.path)
    }
}
