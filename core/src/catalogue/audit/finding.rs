use crate::endpoint::Endpoint;
use std::fmt;

/// One problem that an audit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The registry contains no endpoint of this tier enum: no handler is annotated, the linker dropped
    /// their crate, or the target has no registry. It doesn't mean that no endpoint needs protection.
    EmptyRegistry,
    /// The catalogue doesn't list this annotated handler.
    ///
    /// A public handler has no tier enum. A program with several tier enums reports its unlisted public
    /// handlers only in a [combined](crate::Audit::and) audit.
    Unlisted(Endpoint),
    /// Two handlers answer the same method and path.
    SameRoute(Endpoint, Endpoint),
    /// Two handlers answer the same method and share some paths, and the route macro of at least one of
    /// them has a constraint that may keep them apart: a pattern (`{id:\d+}`) or a guard in actix-web,
    /// or a `format`, a `rank` or a query in rocket.
    ///
    /// The audit doesn't evaluate constraints. If they do keep the two handlers apart, acknowledge this
    /// with [`Audit::acknowledge`](crate::Audit::acknowledge).
    Constrained(Endpoint, Endpoint),
    /// Two handlers in one module have the same name and no route, so neither a document nor a [lock
    /// file](crate::Catalogue::assert_locked) can distinguish them.
    SameName(Endpoint, Endpoint),
    /// Two templates of one method share some paths, and neither is an exception to the other, such as
    /// `/{kind}/all` and `/units/{id}`. The router decides which handler answers a shared path. If the
    /// two handlers require different tiers, now or later, the router thereby decides who may call.
    ///
    /// axum decides like [`find`](crate::Catalogue::find), by the first segment in which the two
    /// templates differ. An audited axum router therefore doesn't report this finding.
    Overlap(Endpoint, Endpoint),
}

impl Finding {
    /// Returns the same finding with its two endpoints swapped.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::SameRoute(one, other) => Self::SameRoute(other, one),
            Self::SameName(one, other) => Self::SameName(other, one),
            Self::Overlap(one, other) => Self::Overlap(other, one),
            Self::Constrained(one, other) => Self::Constrained(other, one),
            Self::EmptyRegistry | Self::Unlisted(_) => self,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |endpoint: &Endpoint| format!("{}:{}", endpoint.file(), endpoint.line());
        match self {
            Self::EmptyRegistry => f.write_str(
                "the registry contains no endpoint of this tier enum: no handler is annotated, the linker dropped their crate, or the target has no registry; annotate the handlers, and use an item of their crate",
            ),
            Self::Unlisted(endpoint) => write!(
                f,
                "{endpoint} at {} is annotated but missing from the catalogue; add it to `handlers(…)`",
                place(endpoint)
            ),
            Self::SameRoute(one, other) => write!(
                f,
                "{one} at {} and {other} at {} have the same route; change the method or path of one of them",
                place(one),
                place(other)
            ),
            Self::Constrained(one, other) => write!(
                f,
                "{one} at {} and {other} at {} match some of the same requests unless a constraint keeps them apart; if it does, write `.acknowledge(\"{}\", \"{}\")` before `.assert_clean()`",
                place(one),
                place(other),
                one.name(),
                other.name()
            ),
            Self::SameName(one, other) => write!(
                f,
                "{one} at {} and {other} at {} have no route, and the same name in the same module; give one of them another name with `name = \"…\"`",
                place(one),
                place(other)
            ),
            Self::Overlap(one, other) => write!(
                f,
                "{one} at {} and {other} at {} match some of the same paths, and the router decides which one answers; change one of the paths",
                place(one),
                place(other)
            ),
        }
    }
}
