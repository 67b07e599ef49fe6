//! Catalogues as plain data. This data is used to render documents and to compare the catalogues of two
//! releases.

pub(crate) mod diff;
pub(crate) mod error;
pub(crate) mod invisible_characters;
#[cfg(feature = "json")]
pub(crate) mod json;
pub(crate) mod limit_rows;
pub(crate) mod limit_text;
pub(crate) mod limits;
pub(crate) mod lock;
pub(crate) mod need_row;
pub(crate) mod quoting;
pub(crate) mod requirement_text;
#[cfg(test)]
mod round_trips;
pub(crate) mod rows;
pub(crate) mod rustdoc_links;

pub use self::error::SnapshotError;
pub use self::limit_rows::LimitRow;
pub use self::need_row::FeatureRow;
pub use self::rows::{EndpointRow, TierRow};

use self::limit_rows::LimitRows;
use self::rows::AccessRow;

/// A catalogue at one point in time. A snapshot doesn't depend on the types in the program.
///
/// You can create a snapshot from a catalogue in this program. You can also read a snapshot from a JSON
/// document or a [lock file](crate::Catalogue::assert_locked) of an earlier release.
///
/// # Limits
/// A document may come from an untrusted source, and the rendered output can be much larger than the
/// document. [`from_json`](Self::from_json) and [`from_lock`](Self::from_lock) therefore return an
/// error if a document exceeds one of these limits:
///
/// | limit | at most |
/// | --- | --- |
/// | the document | 16 MiB |
/// | tiers | 100, with names of 256 bytes |
/// | other texts from which a tier is read | 32, of 256 bytes each |
/// | add-ons | 64, with keys and names of 256 bytes |
/// | plan versions with a lower tier | 16 for each endpoint or event |
/// | endpoints and events | 50,000 |
/// | endpoints and events × tiers | 500,000 |
/// | modules × the names of all tiers | 2,000,000 bytes |
/// | a name, a path, a module | 16 KiB |
/// | a summary, a reason | 64 KiB |
///
/// Within these limits, reading, comparing and rendering take time proportional to the size of the
/// document plus the number of endpoints and events times the number of tiers. [`of`](Self::of) doesn't check any
/// limits.
///
/// ```
/// use tiergate::{Catalogue, Snapshot, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/units")]
/// fn units() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units))]
/// struct Api;
///
/// let snapshot = Snapshot::of::<Api>();
/// assert_eq!(snapshot.tiers()[1].name(), "Plus");
/// assert_eq!(snapshot.endpoints()[0].path(), Some("/units"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub(crate) tiers: Vec<TierRow>,
    pub(crate) features: Vec<FeatureRow>,
    /// The quota of all endpoints together.
    pub(crate) quota: LimitRows,
    pub(crate) endpoints: Vec<EndpointRow>,
    pub(crate) events: Vec<EndpointRow>,
}

impl Snapshot {
    /// Returns the tiers, lowest first.
    pub fn tiers(&self) -> &[TierRow] {
        &self.tiers
    }

    /// Returns the product's add-ons, in the order of the feature enum.
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let snapshot = Snapshot::from_lock("version 2\ntier 0 Free\nfeature body_cam \"Body camera\"\n")?;
    /// let feature = &snapshot.features()[0];
    /// assert_eq!((feature.key(), feature.name()), ("body_cam", "Body camera"));
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn features(&self) -> &[FeatureRow] {
        &self.features
    }

    /// Returns the quota of each caller for all endpoints together, by tier, lowest tier first. Returns no
    /// rows if the catalogue has no quota.
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let lock = "version 3\ntier 0 Free\ntier 1 Plus\nquota 100/day from Plus 5000/day\n";
    /// let snapshot = Snapshot::from_lock(lock)?;
    /// assert_eq!(snapshot.quota()[1].tier(), "Plus");
    /// assert_eq!(snapshot.quota()[1].limits()[0].amount(), 5000);
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn quota(&self) -> &[LimitRow] {
        self.quota.as_slice()
    }

    /// Returns whether documents need parts for limits, costs or a quota. Otherwise, they omit these parts.
    pub(crate) fn has_limits(&self) -> bool {
        let is_limited = |endpoint: &EndpointRow| !endpoint.limits.is_empty() || endpoint.cost != 1;
        !self.quota.is_empty() || self.endpoints.iter().any(is_limited)
    }

    /// Returns the endpoints, in the catalogue's order.
    pub fn endpoints(&self) -> &[EndpointRow] {
        &self.endpoints
    }

    /// Returns the [events](crate::Event), in the catalogue's order.
    ///
    /// ```
    /// use tiergate::{Catalogue, Snapshot};
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// #[derive(tiergate::Event)]
    /// #[event(Plus, name = "EVENT_UNIT_STATUS")]
    /// struct UnitStatus(u8);
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, events(UnitStatus))]
    /// struct Api;
    ///
    /// let snapshot = Snapshot::of::<Api>();
    /// assert_eq!(snapshot.events()[0].name(), "EVENT_UNIT_STATUS");
    /// assert_eq!(snapshot.events()[0].required_tier(), Some("Plus"));
    /// assert!(snapshot.endpoints().is_empty());
    /// ```
    pub fn events(&self) -> &[EndpointRow] {
        &self.events
    }

    /// Returns the endpoints, followed by the events.
    pub(crate) fn endpoints_and_events(&self) -> impl Iterator<Item = &EndpointRow> {
        self.endpoints.iter().chain(&self.events)
    }

    /// Removes the tiers that are enforced for now from every endpoint and event, and the limits of callers who may
    /// call an endpoint only for now. Documents for customers never
    /// contain these tiers. JSON documents and lock files do, because [`Diff`](crate::Diff) needs them.
    /// Call this method before you publish a JSON document.
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let lock = "version 2\ntier 0 Free\ntier 1 Plus\ngate /export GET Plus export enforced Free\n";
    /// let snapshot = Snapshot::from_lock(lock)?;
    /// assert_eq!(snapshot.endpoints()[0].enforced_tier(), Some("Free"));
    /// let published = snapshot.without_enforced_tiers();
    /// assert_eq!(published.endpoints()[0].enforced_tier(), None);
    /// assert_eq!(published.endpoints()[0].required_tier(), Some("Plus"));
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    #[must_use]
    pub fn without_enforced_tiers(mut self) -> Self {
        for endpoint in self.endpoints.iter_mut().chain(&mut self.events) {
            endpoint.limits = endpoint.declared_limits();
            if let AccessRow::Gated(need) = &mut endpoint.access {
                need.enforced = None;
            }
        }
        self
    }
}
