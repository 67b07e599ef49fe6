//! Audits of catalogues.

pub(crate) mod clashes;
pub(crate) mod costs;
pub(crate) mod finding;

pub use self::finding::Finding;

use self::clashes::clashes;
use self::costs::costs_above_quota;
use crate::endpoint::Endpoint;
use crate::endpoint::record::{PolicyRecord, Tiers};
use crate::endpoint::registry::{collected, linked, without_copies};
use crate::tier::Tier;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The findings of [`Catalogue::audit`](crate::Catalogue::audit). One line in a test asserts that the
/// audit found nothing:
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
    /// The catalogue's endpoints and events.
    listed: Vec<Endpoint>,
}

impl Audit {
    /// Audits the endpoints and events of a catalogue with this quota.
    pub(crate) fn of<T: Tier>(listed: &[Endpoint], quota: &[PolicyRecord]) -> Self {
        let gated_endpoints: HashSet<Endpoint> = linked().filter(Endpoint::is_of::<T>).collect();
        // If a crate is linked twice, each of its handlers has two records, one for each copy of the tier
        // enum. The registry may only have the record for the other copy of `T`. Such a handler still
        // belongs to `gated_endpoints`, because `gated_endpoints` is collected from all linked records.
        let has_other_tier_enums = collected().iter().any(|endpoint| {
            endpoint.public_reason().is_none() && !gated_endpoints.contains(endpoint)
        });
        let mut findings = Vec::new();
        if gated_endpoints.is_empty() {
            findings.push(Finding::EmptyRegistry);
        }
        let listed_endpoints: HashSet<&Endpoint> = listed.iter().collect();
        let unlisted = collected()
            .iter()
            .filter(|endpoint| {
                gated_endpoints.contains(endpoint)
                    || (endpoint.public_reason().is_some() && !has_other_tier_enums)
            })
            .filter(|endpoint| !listed_endpoints.contains(endpoint))
            .copied();
        let mut unlisted: Vec<Endpoint> = without_copies(unlisted);
        unlisted.sort_by_key(|endpoint| module_and_line(*endpoint));
        findings.extend(unlisted.iter().copied().map(Finding::Unlisted));

        let (routed, unrouted): (Vec<&Endpoint>, Vec<&Endpoint>) = listed
            .iter()
            .chain(&unlisted)
            .partition(|endpoint| endpoint.has_route());
        let (events, unrouted): (Vec<&Endpoint>, Vec<&Endpoint>) = unrouted
            .into_iter()
            .partition(|endpoint| endpoint.is_event());
        let mut events_by_name = HashMap::new();
        for event in events {
            if let Some(namesake) = events_by_name.insert(event.name(), *event) {
                findings.push(Finding::SameEvent(namesake, *event));
            }
        }
        let mut unrouted_by_name = HashMap::new();
        for endpoint in unrouted {
            let name = (endpoint.module(), endpoint.name());
            if let Some(namesake) = unrouted_by_name.insert(name, *endpoint) {
                findings.push(Finding::SameName(namesake, *endpoint));
            }
        }
        findings.extend(clashes(&routed));
        findings.extend(costs_above_quota(listed, quota, Tiers::of_enum::<T>()));
        Self {
            findings,
            listed: listed.to_vec(),
        }
    }

    /// Combines the audits of two catalogues in one program. The catalogues may have different tier
    /// enums.
    ///
    /// The combined audit contains the findings of both audits. However, if one audit reports an unlisted
    /// handler that the other catalogue lists, the combined audit omits this finding. The combined audit
    /// also reports every public handler that neither catalogue lists.
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
        let listed_endpoints: HashSet<&Endpoint> = listed.iter().collect();
        let mut public_endpoints: Vec<Endpoint> = collected()
            .iter()
            .filter(|endpoint| endpoint.public_reason().is_some())
            .copied()
            .collect();
        public_endpoints.sort_by_key(|endpoint| module_and_line(*endpoint));
        let mut findings = Vec::new();
        let both_audits = self.findings.into_iter().chain(other.findings);
        for finding in both_audits.chain(public_endpoints.into_iter().map(Finding::Unlisted)) {
            let is_listed = match &finding {
                Finding::Unlisted(endpoint) => listed_endpoints.contains(endpoint),
                _ => false,
            };
            let is_duplicate = [finding, finding.mirrored()]
                .iter()
                .any(|finding| findings.contains(finding));
            if !is_listed && !is_duplicate {
                findings.push(finding);
            }
        }
        Self { findings, listed }
    }

    /// Removes the [`Constrained`](Finding::Constrained) findings about two handlers with these names.
    /// Call this method if constraints ensure that no request can match both handlers. All other findings
    /// stay.
    ///
    /// ```
    /// use tiergate::{Catalogue, requires_tier};
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// #[requires_tier(Plus, get = "/units/{id}")]
    /// fn unit() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(unit))]
    /// struct Api;
    ///
    /// Api::audit().acknowledge("unit_by_number", "unit_by_name").assert_clean();
    /// ```
    #[must_use]
    pub fn acknowledge(mut self, one: &str, other: &str) -> Self {
        self.findings.retain(|finding| match finding {
            Finding::Constrained(left, right) => {
                let names = [left.name(), right.name()];
                names != [one, other] && names != [other, one]
            }
            _ => true,
        });
        self
    }

    /// Removes the findings about overlapping templates. These findings don't apply to a router that
    /// chooses endpoints in the same way as `find`.
    #[cfg(feature = "axum")]
    pub(crate) fn without_overlaps(mut self) -> Self {
        self.findings
            .retain(|finding| !matches!(finding, Finding::Overlap(..)));
        self
    }

    /// Returns whether the audit found nothing.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Asserts that the audit found nothing. Call this in a test.
    ///
    /// # Panics
    /// Panics if the audit found anything. The message lists all findings.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    /// Returns all findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

fn module_and_line(endpoint: Endpoint) -> (&'static str, u32, &'static str) {
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
