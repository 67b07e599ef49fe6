//! The audit of a catalogue.

pub(crate) mod clashes;
pub(crate) mod constraints;
pub(crate) mod finding;

pub use self::finding::Finding;

use self::clashes::clashes;

use crate::endpoint::Endpoint;
use crate::endpoint::registry::{collected, linked, without_copies};
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
        let mut public: Vec<Endpoint> = collected()
            .iter()
            .filter(|endpoint| endpoint.public_reason().is_some())
            .copied()
            .collect();
        public.sort_by_key(|endpoint| by_place(*endpoint));
        let mut findings = Vec::new();
        let all = self.findings.into_iter().chain(other.findings);
        for finding in all.chain(public.into_iter().map(Finding::Unlisted)) {
            let is_listed = match &finding {
                Finding::Unlisted(endpoint) => known.contains(endpoint),
                _ => false,
            };
            let is_known = [finding, finding.mirrored()]
                .iter()
                .any(|same| findings.contains(same));
            if !is_listed && !is_known {
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

fn by_place(endpoint: Endpoint) -> (&'static str, u32, &'static str) {
    (endpoint.module(), endpoint.line(), endpoint.name())
}

/// Writes one line for each finding, or `no findings`.
impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("no findings");
        }
        for (index, finding) in self.findings.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{finding}")?;
        }
        Ok(())
    }
}
