use crate::route::Method;
use std::any::TypeId;
use std::fmt;

/// One annotated handler: what it is called, where it is mounted, which tier it requires, and
/// where it stands in the source.
///
/// Records are made by [`requires_tier`](macro@crate::requires_tier) when the program is compiled,
/// and every part of one can be read in a `const`.
///
/// ```
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// /// Creates a dispatch call.
/// ///
/// /// Only the first paragraph is the summary.
/// #[requires_tier(Plus, post = "/dispatch")]
/// fn new_dispatch() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(new_dispatch))]
/// struct Api;
///
/// const ENDPOINT: tiergate::Endpoint = Api::ENDPOINTS[0];
/// assert_eq!(ENDPOINT.name(), "new_dispatch");
/// assert_eq!(ENDPOINT.method(), Some("POST"));
/// assert_eq!(ENDPOINT.path(), Some("/dispatch"));
/// assert_eq!(ENDPOINT.required(), Some("Plus"));
/// assert_eq!(ENDPOINT.required_rank(), Some(1));
/// assert_eq!(ENDPOINT.summary(), "Creates a dispatch call.");
/// assert_eq!(ENDPOINT.to_string(), "`new_dispatch` (POST /dispatch)");
/// ```
#[derive(Clone, Copy)]
pub struct Endpoint {
    name: &'static str,
    route: Option<(Method, &'static str)>,
    access: Access,
    source: Source,
    summary: &'static str,
}

/// Who may call.
#[derive(Clone, Copy)]
pub enum Access {
    /// Callers of a tier, or of a higher one.
    Tier {
        /// The tier's name.
        name: &'static str,
        /// The tier's rank.
        rank: u32,
        /// Which enum the tier is of. A function, as a `TypeId` is twice as big.
        of: fn() -> TypeId,
    },
    /// Everybody.
    Public {
        /// Why.
        reason: &'static str,
    },
}

/// Where a handler stands in the source.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source {
    /// The module's path.
    pub module: &'static str,
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line of the handler's name.
    pub line: u32,
}

impl Endpoint {
    pub(crate) const fn new(
        name: &'static str,
        route: Option<(Method, &'static str)>,
        access: Access,
        source: Source,
        summary: &'static str,
    ) -> Self {
        Self {
            name,
            route,
            access,
            source,
            summary,
        }
    }

    /// The handler's name, or the one given by `name = "…"`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The HTTP method, in upper case, if the attribute says one.
    pub const fn method(&self) -> Option<&'static str> {
        match self.route {
            Some((method, _)) => Some(method.as_str()),
            None => None,
        }
    }

    /// The template of the path, such as `/units/{id}`, if the attribute says one.
    pub const fn path(&self) -> Option<&'static str> {
        match self.route {
            Some((_, path)) => Some(path),
            None => None,
        }
    }

    /// The name of the lowest tier that may call the endpoint; `None` if everybody may.
    pub const fn required(&self) -> Option<&'static str> {
        match self.access {
            Access::Tier { name, .. } => Some(name),
            Access::Public { .. } => None,
        }
    }

    /// The rank of the lowest tier that may call the endpoint; `None` if everybody may.
    pub const fn required_rank(&self) -> Option<u32> {
        match self.access {
            Access::Tier { rank, .. } => Some(rank),
            Access::Public { .. } => None,
        }
    }

    /// Why everybody may call the endpoint; `None` if a tier is required.
    pub const fn public_reason(&self) -> Option<&'static str> {
        match self.access {
            Access::Tier { .. } => None,
            Access::Public { reason } => Some(reason),
        }
    }

    /// The path of the module that the handler stands in.
    pub const fn module(&self) -> &'static str {
        self.source.module
    }

    /// The source file that the handler stands in.
    pub const fn file(&self) -> &'static str {
        self.source.file
    }

    /// The line that the handler stands on.
    pub const fn line(&self) -> u32 {
        self.source.line
    }

    /// The first paragraph of the handler's documentation, on one line; empty if it has none.
    pub const fn summary(&self) -> &'static str {
        self.summary
    }

    pub(crate) const fn route(&self) -> Option<(Method, &'static str)> {
        self.route
    }

    /// Whether the endpoint requires a tier of this enum.
    pub(crate) fn is_of<T: 'static>(&self) -> bool {
        match self.access {
            Access::Tier { of, .. } => of() == TypeId::of::<T>(),
            Access::Public { .. } => false,
        }
    }

    /// Whether a caller of this rank may call the endpoint.
    pub(crate) fn allows_rank(&self, rank: u32) -> bool {
        self.required_rank().is_none_or(|required| rank >= required)
    }

    /// Everything by which two records are told apart. One line of source, inside of a
    /// `macro_rules!`, may make several handlers.
    fn identity(&self) -> impl PartialEq + use<> {
        (
            self.name,
            self.route,
            self.required(),
            self.public_reason(),
            self.source,
        )
    }
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Endpoint {}

/// The name, and the route if there is one: `` `new_dispatch` (POST /dispatch) ``.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.route {
            Some((method, path)) => write!(f, "`{}` ({} {path})", self.name, method.as_str()),
            None => write!(f, "`{}`", self.name),
        }
    }
}

// The fields are shown as the methods tell them.
#[allow(clippy::missing_fields_in_debug)]
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("method", &self.method())
            .field("path", &self.path())
            .field("required", &self.required())
            .field("public_reason", &self.public_reason())
            .field("module", &self.module())
            .field("file", &self.file())
            .field("line", &self.line())
            .field("summary", &self.summary)
            .finish()
    }
}
