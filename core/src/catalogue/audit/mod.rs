pub(crate) mod constraints;

pub(crate) use self::constraints::is_certain;

use crate::endpoint::Endpoint;
use crate::endpoint::registry::{collected, linked, without_copies};
use crate::route;
use crate::route::Relation;
use crate::route::method::Method;
use crate::route::overlaps::Templates;
use crate::tier::Tier;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The findings of [`Catalogue::audit`](crate::Catalogue::audit). One line in a test asserts that there
/// are none:
///
/// ```
/// # use tiergate::{Catalogue, requires_tier};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// # #[requires_tier(Plus, get = "/units")]
/// # fn units() {}
/// # #[requires_tier(Plus, get = "/calls")]
/// # fn calls() {}
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, handlers(units, calls))]
/// # struct Api;
/// Api::audit().assert_clean();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    findings: Vec<Finding>,
    /// The endpoints of the catalogue.
    listed: Vec<Endpoint>,
}

/// One problem that an audit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The registry contains no endpoint of this tier enum: no handler is annotated, the linker dropped
    /// the entries, or the target has no registry. This never means that nothing needs protection.
    EmptyRegistry,
    /// An annotated handler is in no list of the catalogue.
    ///
    /// A public handler has no tier enum. A program with several tier enums reports its unlisted public
    /// handlers only in a [combined](Audit::and) audit.
    Unlisted(Endpoint),
    /// Two handlers answer the same method and path.
    SameRoute(Endpoint, Endpoint),
    /// Two handlers answer the same method and share some paths, and the route macro of at least one of
    /// them has a constraint that may keep them apart: a pattern (`{id:\d+}`) or a guard in actix-web,
    /// or a `format`, a `rank` or a query in rocket.
    ///
    /// The audit doesn't evaluate constraints. If they do keep the two handlers apart, acknowledge this
    /// with [`Audit::acknowledge`].
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

impl Audit {
    pub(crate) fn of<T: Tier>(listed: &[Endpoint]) -> Self {
        let own: HashSet<Endpoint> = linked().filter(Endpoint::is_of::<T>).collect();
        // If a crate is linked twice, its handlers also have records for the other copy's tier enum.
        let has_other_tiers = collected()
            .iter()
            .any(|endpoint| endpoint.public_reason().is_none() && !own.contains(endpoint));
        let mut findings = Vec::new();
        if own.is_empty() {
            findings.push(Finding::EmptyRegistry);
        }
        let known: HashSet<&Endpoint> = listed.iter().collect();
        let unlisted = collected()
            .iter()
            .filter(|endpoint| {
                own.contains(endpoint) || (endpoint.public_reason().is_some() && !has_other_tiers)
            })
            .filter(|endpoint| !known.contains(endpoint))
            .copied();
        let mut unlisted: Vec<Endpoint> = without_copies(unlisted);
        unlisted.sort_by_key(|endpoint| by_place(*endpoint));
        findings.extend(unlisted.iter().copied().map(Finding::Unlisted));

        let (routed, unrouted): (Vec<&Endpoint>, Vec<&Endpoint>) = listed
            .iter()
            .chain(&unlisted)
            .partition(|endpoint| endpoint.has_route());
        let mut names = HashMap::new();
        for endpoint in unrouted {
            let name = (endpoint.module(), endpoint.name());
            if let Some(other) = names.insert(name, *endpoint) {
                findings.push(Finding::SameName(other, *endpoint));
            }
        }
        findings.extend(clashes(&routed));
        Self {
            findings,
            listed: listed.to_vec(),
        }
    }

    /// Combines the audits of several catalogues in one program, even if their tier enums differ.
    ///
    /// The result contains the findings of both audits, except unlisted handlers that the other
    /// catalogue lists. It also reports every public handler that neither catalogue lists.
    ///
    /// ```standalone_crate
    /// use tiergate::{Catalogue, requires_tier};
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum PartnerTier { Silver, Gold }
    ///
    /// #[requires_tier(Plus, get = "/units")]
    /// fn units() {}
    ///
    /// #[requires_tier(PartnerTier::Gold, get = "/partners/report")]
    /// fn report() {}
    ///
    /// #[requires_tier(public = "only for a test", get = "/dump")]
    /// fn dump() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(units))]
    /// struct Api;
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = PartnerTier, handlers(report))]
    /// struct Partners;
    ///
    /// // Neither audit knows whether the other catalogue lists `dump`.
    /// assert!(Api::audit().is_clean() && Partners::audit().is_clean());
    ///
    /// let audit = Api::audit().and(Partners::audit());
    /// assert!(audit.to_string().starts_with("`dump` (GET /dump) at "));
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let listed = [self.listed, other.listed].concat();
        let known: HashSet<&Endpoint> = listed.iter().collect();
        let mut open: Vec<Endpoint> = collected()
            .iter()
            .filter(|endpoint| endpoint.public_reason().is_some())
            .copied()
            .collect();
        open.sort_by_key(|endpoint| by_place(*endpoint));
        let mut findings = Vec::new();
        let all = self.findings.into_iter().chain(other.findings);
        for finding in all.chain(open.into_iter().map(Finding::Unlisted)) {
            let is_listed = match &finding {
                Finding::Unlisted(endpoint) => known.contains(endpoint),
                _ => false,
            };
            let is_told = [finding, finding.mirrored()]
                .iter()
                .any(|told| findings.contains(told));
            if !is_listed && !is_told {
                findings.push(finding);
            }
        }
        Self { findings, listed }
    }

    /// Removes the overlaps, for a router that is known to decide like `find`.
    #[cfg(feature = "axum")]
    pub(crate) fn without_overlaps(mut self) -> Self {
        let is_other = |finding: &Finding| !matches!(finding, Finding::Overlap(..));
        self.findings.retain(is_other);
        self
    }

    /// Returns whether the audit found nothing.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Asserts that the audit found nothing. Call this in a test.
    ///
    /// # Panics
    /// Panics with all findings, if there are any.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    /// Returns all findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Finding {
    /// Returns the same finding with its two endpoints swapped.
    fn mirrored(self) -> Self {
        match self {
            Self::SameRoute(one, other) => Self::SameRoute(other, one),
            Self::SameName(one, other) => Self::SameName(other, one),
            Self::Overlap(one, other) => Self::Overlap(other, one),
            Self::Constrained(one, other) => Self::Constrained(other, one),
            Self::EmptyRegistry | Self::Unlisted(_) => self,
        }
    }
}

fn by_place(endpoint: Endpoint) -> (&'static str, u32, &'static str) {
    (endpoint.module(), endpoint.line(), endpoint.name())
}

/// Returns a finding for each pair of endpoints that share a path and shouldn't. Each must have a
/// route.
fn clashes(endpoints: &[&Endpoint]) -> Vec<Finding> {
    let mut methods: HashMap<Method, Templates<'_>> = HashMap::new();
    let mut pairs = Vec::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        if let Some((method, path)) = endpoint.route() {
            let mut others = methods.entry(method).or_default().insert(path, index);
            for (other_method, templates) in &methods {
                let is_any = [method, *other_method].contains(&Method::Any);
                if is_any && method != *other_method {
                    others.extend(templates.overlapping(path));
                }
            }
            pairs.extend(others.into_iter().map(|other| (other, index)));
        }
    }
    pairs.sort_unstable();
    let clash = |(one, other): (usize, usize)| clash(*endpoints[one], *endpoints[other]);
    pairs.into_iter().filter_map(clash).collect()
}

fn clash(one: Endpoint, other: Endpoint) -> Option<Finding> {
    let is_constrained = one.is_constrained() || other.is_constrained();
    match route::relation(one.path()?, other.path()?) {
        // An `any` endpoint answers only the methods for which its template has no other endpoint.
        Relation::Same if one.method() != other.method() => None,
        Relation::Same | Relation::Crossing if is_constrained => {
            Some(Finding::Constrained(one, other))
        }
        Relation::Same => Some(Finding::SameRoute(one, other)),
        Relation::Crossing => Some(Finding::Overlap(one, other)),
        Relation::Apart | Relation::Nested => None,
    }
}

/// Writes one line for each finding, or `nothing found`.
impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("nothing found");
        }
        for (index, finding) in self.findings.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{finding}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |endpoint: &Endpoint| format!("{}:{}", endpoint.file(), endpoint.line());
        match self {
            Self::EmptyRegistry => f.write_str(
                "no endpoint of this tier enum is in the registry: no handler is annotated, the linker dropped the entries, or the target has no registry",
            ),
            Self::Unlisted(endpoint) => write!(
                f,
                "{endpoint} at {} is annotated and in no list of the catalogue",
                place(endpoint)
            ),
            Self::SameRoute(one, other) => write!(
                f,
                "{one} at {} and {other} at {} answer the same route",
                place(one),
                place(other)
            ),
            Self::Constrained(one, other) => write!(
                f,
                "{one} at {} and {other} at {} answer the same paths unless a constraint keeps them apart; if it does, write `.acknowledge(\"{}\", \"{}\")` in front of `.assert_clean()`",
                place(one),
                place(other),
                one.name(),
                other.name()
            ),
            Self::SameName(one, other) => write!(
                f,
                "{one} at {} and {other} at {} have no route, and one name in one module: give one of them a name of its own, `name = \"…\"`",
                place(one),
                place(other)
            ),
            Self::Overlap(one, other) => write!(
                f,
                "{one} at {} and {other} at {} match some paths in common",
                place(one),
                place(other)
            ),
        }
    }
}
