//! A snapshot's rows, which describe tiers, endpoints and events.

use crate::endpoint::Endpoint;
use crate::endpoint::need::FeatureRule;
use crate::route::method::Method;
use crate::snapshot::limit_rows::{LimitRow, LimitRows};
use crate::snapshot::need_row::{FeatureRow, NeedRow, RequiredTier};
use crate::snapshot::rustdoc_links::unlinked;
use crate::tier::lookup::same_name;

/// A tier in a [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TierRow {
    pub(crate) name: String,
    pub(crate) rank: u32,
    /// The other texts from which the tier is read. `None` if the snapshot was read from a document that
    /// doesn't contain them.
    pub(crate) aliases: Option<Vec<String>>,
}

/// An endpoint or an [event](crate::Event) in a [`Snapshot`](crate::Snapshot).
///
/// [`is_event`](Self::is_event) distinguishes the two. An event has neither a route nor limits, and is never
/// public.
///
/// A value is empty if the snapshot was read from a document that doesn't contain the value. For
/// example, a lock file contains no documentation. Rows don't contain the handler's location in the
/// source code, because published documents don't need the location. Use [`Endpoint`] to get the
/// location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    pub(crate) name: String,
    pub(crate) is_event: bool,
    /// The HTTP method and the path template. An event has none.
    pub(crate) route: Option<(String, String)>,
    pub(crate) access: AccessRow,
    /// The limits of the endpoint itself. A public endpoint has none.
    pub(crate) limits: LimitRows,
    /// The units of the catalogue's quota that a call uses.
    pub(crate) cost: u32,
    pub(crate) summary: String,
    pub(crate) module: String,
    pub(crate) is_deprecated: bool,
}

/// Who may call an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AccessRow {
    Gated(NeedRow),
    Public { reason: String },
}

impl TierRow {
    /// Returns the tier's name, as customers see it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the tier's rank. Higher tiers have higher ranks.
    pub fn rank(&self) -> u32 {
        self.rank
    }

    /// Returns the other texts from which the tier is read: the variant's identifier, if it differs from
    /// the name, and the aliases. Returns nothing if the snapshot was read from a document of version 1,
    /// which doesn't contain these texts.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.aliases.iter().flatten().map(String::as_str)
    }

    /// Returns whether stored tiers with this text are read as this tier.
    pub(crate) fn is_read_from(&self, text: &str) -> bool {
        same_name(&self.name, text) || self.aliases().any(|alias| same_name(alias, text))
    }
}

impl EndpointRow {
    /// Returns the endpoint's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether this is an [event](crate::Event) that the server sends, not an endpoint.
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let lock = "version 4\ntier 0 Free\ngate /units GET Free units\nevent EVENT_UNIT_STATUS Free\n";
    /// let snapshot = Snapshot::from_lock(lock)?;
    /// assert!(snapshot.events()[0].is_event());
    /// assert!(!snapshot.endpoints()[0].is_event());
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn is_event(&self) -> bool {
        self.is_event
    }

    /// Returns the HTTP method in upper case, or `None` if the endpoint has no route.
    pub fn method(&self) -> Option<&str> {
        self.route.as_ref().map(|(method, _)| method.as_str())
    }

    /// Returns the path template, or `None` if the endpoint has no route.
    pub fn path(&self) -> Option<&str> {
        self.route.as_ref().map(|(_, path)| path.as_str())
    }

    /// Returns the name of the tier that the endpoint requires. Returns `None` if the endpoint is
    /// public, or if it requires only an add-on.
    pub fn required_tier(&self) -> Option<&str> {
        self.required_row().map(|tier| tier.name.as_str())
    }

    /// Returns the rank of the tier that the endpoint requires. Returns `None` if the endpoint is
    /// public, or if it requires only an add-on.
    pub fn required_rank(&self) -> Option<u32> {
        self.required_row().map(|tier| tier.rank)
    }

    /// Returns the key of the add-on that the endpoint requires, or that it accepts instead of the
    /// tier. Returns `None` if no add-on matters.
    ///
    /// ```
    /// use tiergate::{FeatureRule, Snapshot};
    ///
    /// let snapshot = Snapshot::from_lock("\
    /// version 2
    /// tier 0 Free
    /// tier 1 Plus
    /// feature radio Radio
    /// gate /transmit POST Plus transmit or_feature radio
    /// ")?;
    /// let endpoint = &snapshot.endpoints()[0];
    /// assert_eq!(endpoint.required_feature(), Some("radio"));
    /// assert_eq!(endpoint.required_feature_name(), Some("Radio"));
    /// assert_eq!(endpoint.feature_rule(), FeatureRule::OrTier);
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn required_feature(&self) -> Option<&str> {
        self.feature_row().map(FeatureRow::key)
    }

    /// Returns the name of the add-on in [`required_feature`](Self::required_feature), as customers see
    /// it.
    pub fn required_feature_name(&self) -> Option<&str> {
        self.feature_row().map(FeatureRow::name)
    }

    /// Returns how the endpoint combines the tier and the add-on.
    pub fn feature_rule(&self) -> FeatureRule {
        match &self.access {
            AccessRow::Gated(need) => need.rule,
            AccessRow::Public { .. } => FeatureRule::NoFeature,
        }
    }

    /// Returns the lower tiers of customers with an older plan version, oldest version first. `(3,
    /// "Plus")` means that callers whose plan version is less than 3 need only Plus.
    pub fn versions(&self) -> impl Iterator<Item = (u32, &str)> {
        let versions = self.need_row().map(|need| need.versions.iter());
        let versions = versions.into_iter().flatten();
        versions.map(|version| (version.below, version.tier.name.as_str()))
    }

    /// Returns the name of the tier that is enforced for now, or `None` if the required tier is
    /// enforced. Documents for customers don't contain this tier.
    pub fn enforced_tier(&self) -> Option<&str> {
        let enforced = self.need_row().and_then(|need| need.enforced.as_ref());
        enforced.map(|tier| tier.name.as_str())
    }

    /// Returns how often each caller may call the endpoint, by tier, lowest tier first. Returns no rows if
    /// only the catalogue's [quota](crate::Snapshot::quota) limits the callers.
    ///
    /// The first row is for the lowest tier that may call the endpoint. It also applies to callers of lower
    /// tiers who may call the endpoint because of an add-on or an override.
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let snapshot = Snapshot::from_lock("\
    /// version 3
    /// tier 0 Free
    /// tier 1 Plus
    /// tier 2 Pro
    /// gate /export POST Plus export limit 100/day from Pro \"60/minute; 5000/day\" cost 20
    /// ")?;
    /// let endpoint = &snapshot.endpoints()[0];
    /// let limits: Vec<_> = endpoint.limits().iter().map(|row| (row.tier(), row.to_string())).collect();
    /// assert_eq!(limits[0], ("Plus", "100/day".to_owned()));
    /// assert_eq!(limits[1], ("Pro", "60/minute; 5000/day".to_owned()));
    /// assert_eq!(endpoint.cost(), 20);
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn limits(&self) -> &[LimitRow] {
        self.limits.as_slice()
    }

    /// Returns the number of units of the catalogue's quota that a call uses. The default is 1, and 0 is
    /// free. The quota doesn't apply to public endpoints.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Returns whether everybody may call the endpoint.
    pub fn is_public(&self) -> bool {
        matches!(self.access, AccessRow::Public { .. })
    }

    /// Returns why the endpoint is public, or `None` if it requires a tier or an add-on.
    pub fn public_reason(&self) -> Option<&str> {
        match &self.access {
            AccessRow::Gated(_) => None,
            AccessRow::Public { reason } => Some(reason),
        }
    }

    /// Returns the first paragraph of the handler's documentation. Each link is replaced with its text.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the path of the module that contains the handler.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Returns whether the handler is `#[deprecated]`. Always returns `false` if the snapshot was read
    /// from a lock file, because lock files don't store this value.
    pub fn is_deprecated(&self) -> bool {
        self.is_deprecated
    }

    /// Checks that an HTTP method and a path from a document are valid for an endpoint.
    ///
    /// # Errors
    /// Returns a message that describes which part is invalid.
    pub(crate) fn checked_route(
        method: Option<String>,
        path: Option<String>,
    ) -> Result<Option<(String, String)>, &'static str> {
        match (method, path) {
            (None, None) => Ok(None),
            (Some(method), Some(path)) => {
                if Method::of(&method).is_none() {
                    return Err("unknown method");
                }
                if !path.starts_with('/') {
                    return Err("the path does not start with `/`");
                }
                Ok(Some((method, path)))
            }
            _ => Err("a method needs a path, and a path needs a method"),
        }
    }

    /// Returns what the endpoint requires, or `None` if the endpoint is public.
    pub(crate) fn need_row(&self) -> Option<&NeedRow> {
        match &self.access {
            AccessRow::Gated(need) => Some(need),
            AccessRow::Public { .. } => None,
        }
    }

    /// Returns whether a call counts towards the catalogue's quota, if the catalogue has one.
    pub(crate) fn uses_quota(&self) -> bool {
        !self.is_public() && self.cost > 0
    }

    fn required_row(&self) -> Option<&RequiredTier> {
        self.need_row().and_then(|need| need.tier.as_ref())
    }

    fn feature_row(&self) -> Option<&FeatureRow> {
        self.need_row().and_then(|need| need.feature.as_ref())
    }
}

impl From<&TierRow> for RequiredTier {
    fn from(tier: &TierRow) -> Self {
        Self {
            name: tier.name.clone(),
            rank: tier.rank,
        }
    }
}

impl From<&Endpoint> for EndpointRow {
    fn from(endpoint: &Endpoint) -> Self {
        let (access, limits, cost) = match endpoint.need() {
            Some(need) => {
                let tiers = need.tiers();
                let lowest = tiers.names.first().zip(tiers.ranks.first());
                let lowest = lowest.map(|(name, rank)| RequiredTier {
                    name: (*name).to_owned(),
                    rank: *rank,
                });
                let need = NeedRow::from(&need);
                let lowest = need.lowest_enforced_tier().or(lowest.as_ref());
                let limits = LimitRows::of(endpoint.limits(), lowest);
                (AccessRow::Gated(need), limits, endpoint.cost())
            }
            None => (
                AccessRow::Public {
                    reason: endpoint.public_reason().unwrap_or_default().to_owned(),
                },
                LimitRows::default(),
                1,
            ),
        };
        Self {
            name: endpoint.name().to_owned(),
            is_event: endpoint.is_event(),
            route: endpoint
                .route()
                .map(|(method, path)| (method.as_str().to_owned(), path.to_owned())),
            access,
            limits,
            cost,
            summary: unlinked(endpoint.summary()),
            module: endpoint.module().to_owned(),
            is_deprecated: endpoint.is_deprecated(),
        }
    }
}
