use crate::endpoint::Endpoint;
use crate::endpoint::limits::Limit;
use std::fmt;

/// One problem that an audit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The registry contains no endpoint that requires a tier of this enum. There are three possible
    /// causes: no handler is annotated, the linker dropped the handlers' crate, or the target has no
    /// registry. The program may still contain endpoints that need protection.
    EmptyRegistry,
    /// The catalogue doesn't list this annotated handler or this event.
    ///
    /// A public handler has no tier enum, so it may belong to any of the program's catalogues. If the
    /// program has several tier enums, only a [combined](crate::Audit::and) audit reports unlisted public
    /// handlers.
    Unlisted(Endpoint),
    /// Two handlers answer the same HTTP method and path.
    SameRoute(Endpoint, Endpoint),
    /// Two handlers answer the same HTTP method and match some of the same paths. At least one of their
    /// route macros has a constraint, which may ensure that no request can match both handlers. In
    /// actix-web, a constraint is a pattern (`{id:\d+}`) or a guard. In rocket, a constraint is a
    /// `format`, a `rank` or a query.
    ///
    /// The audit doesn't evaluate constraints. If you know that no request can match both handlers, call
    /// [`Audit::acknowledge`](crate::Audit::acknowledge).
    Constrained(Endpoint, Endpoint),
    /// Two handlers in one module have the same name and no route, so neither an exported document nor a
    /// [lock file](crate::Catalogue::assert_locked) can distinguish them.
    SameName(Endpoint, Endpoint),
    /// Two events have the same name, so receivers can't distinguish them.
    SameEvent(Endpoint, Endpoint),
    /// Two templates with the same HTTP method match some of the same paths, and neither template is an
    /// exception to the other. For example, both `/{kind}/all` and `/units/{id}` match `/units/all`.
    /// The router decides which handler gets requests for such a path. If the two handlers ever require different
    /// tiers, the router also decides which tier the path requires.
    ///
    /// Axum chooses a template in the same way as [`find`](crate::Catalogue::find), by the first
    /// segment in which the two templates differ. An audited axum router therefore doesn't report this
    /// finding.
    Overlap(Endpoint, Endpoint),
    /// A call of this handler costs more than a tier that may call the handler gets in a window of the
    /// catalogue's quota. Every call of this tier is refused.
    ///
    /// In a catalogue with a list, such a cost is a compile error.
    CostAboveQuota {
        /// The handler.
        endpoint: Endpoint,
        /// The lowest tier that can't afford a call.
        tier: &'static str,
        /// The limit of this tier.
        limit: Limit,
    },
}

impl Finding {
    /// Returns the same finding with its two endpoints swapped.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::SameRoute(one, other) => Self::SameRoute(other, one),
            Self::SameName(one, other) => Self::SameName(other, one),
            Self::SameEvent(one, other) => Self::SameEvent(other, one),
            Self::Overlap(one, other) => Self::Overlap(other, one),
            Self::Constrained(one, other) => Self::Constrained(other, one),
            Self::EmptyRegistry | Self::Unlisted(_) | Self::CostAboveQuota { .. } => self,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = |endpoint: &Endpoint| format!("{}:{}", endpoint.file(), endpoint.line());
        match self {
            Self::EmptyRegistry => f.write_str(
                "the registry contains no endpoint of this tier enum: no handler is annotated, the linker dropped their crate, or the target has no registry; annotate the handlers, and use an item of their crate",
            ),
            Self::Unlisted(endpoint) => write!(
                f,
                "{endpoint} at {} is annotated but missing from the catalogue; add it to `{}(…)`",
                location(endpoint),
                if endpoint.is_event() { "events" } else { "handlers" }
            ),
            Self::SameRoute(one, other) => write!(
                f,
                "{one} at {} and {other} at {} have the same route; change the method or path of one of them",
                location(one),
                location(other)
            ),
            Self::Constrained(one, other) => write!(
                f,
                "{one} at {} and {other} at {} match some of the same requests unless a constraint keeps them apart; if it does, write `.acknowledge(\"{}\", \"{}\")` before `.assert_clean()`",
                location(one),
                location(other),
                one.name(),
                other.name()
            ),
            Self::SameName(one, other) => write!(
                f,
                "{one} at {} and {other} at {} have no route, and the same name in the same module; give one of them another name with `name = \"…\"`",
                location(one),
                location(other)
            ),
            Self::SameEvent(one, other) => write!(
                f,
                "the events {one} at {} and {other} at {} have the same name; give one of them another name with `name = \"…\"`",
                location(one),
                location(other)
            ),
            Self::Overlap(one, other) => write!(
                f,
                "{one} at {} and {other} at {} match some of the same paths, and the router decides which one answers; change one of the paths",
                location(one),
                location(other)
            ),
            Self::CostAboveQuota {
                endpoint,
                tier,
                limit,
            } => write!(
                f,
                "a call of {endpoint} at {} costs {}, but the quota of the tier {tier} is {limit}; raise the quota, or lower the cost",
                location(endpoint),
                endpoint.cost()
            ),
        }
    }
}
