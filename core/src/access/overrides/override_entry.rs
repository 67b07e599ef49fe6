//! A single override.

use crate::access::time::rfc3339;
use crate::endpoint::Endpoint;
use crate::endpoint::limit_set::LimitSet;
use crate::tier::Tier;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A run-time change to who may call one endpoint, or to how often one customer may call. Install
/// overrides with [`Overrides::replace`](crate::Overrides::replace), or load them from a store.
///
/// | constructor | effect | end |
/// | --- | --- | --- |
/// | [`close`](Self::close) | nobody may call the endpoint: 503 `endpoint_closed` | optional |
/// | [`grant`](Self::grant) | one customer may call the endpoint | required |
/// | [`require`](Self::require) | the endpoint requires this tier of everyone | required |
/// | [`observe`](Self::observe) | changes nothing, but reports the calls that this tier would refuse | required |
/// | [`limit`](Self::limit) | one customer has higher or lower limits for the endpoint | required |
/// | [`quota`](Self::quota) | one customer has a higher or lower quota for the whole catalogue | required |
///
/// From its end on, an override has no effect.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tiergate::Override;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// let next_week = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
/// let promotion = Override::require("export", Tier::Free)
///     .until(next_week)
///     .by("marketing")
///     .because("launch week");
/// assert_eq!(
///     promotion.to_string(),
///     "require Free for \"export\" until 2025-12-01T00:00:00Z, set by \"marketing\" because \"launch week\"",
/// );
/// ```
#[derive(Clone)]
pub struct Override<T> {
    pub(crate) kind: OverrideKind<T>,
    /// `None` if the override changes a quota.
    pub(crate) endpoint: Option<EndpointId>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) by: Option<Arc<str>>,
    pub(crate) because: Option<Arc<str>>,
}

/// What an [`Override`] does.
#[derive(Clone)]
#[non_exhaustive]
pub enum OverrideKind<T> {
    /// Nobody may call the endpoint.
    Close,
    /// The customer with this id may call the endpoint.
    Grant(Arc<str>),
    /// The endpoint requires this tier.
    Require(T),
    /// Calls that this tier would refuse are reported.
    Observe(T),
    /// The customer with this id has these limits for the endpoint.
    Limit {
        /// The customer's id.
        customer: Arc<str>,
        /// The limits, such as `60/minute; 5000/day`.
        limits: Arc<str>,
    },
    /// The customer with this id has this quota for all endpoints of the catalogue together.
    Quota {
        /// The customer's id.
        customer: Arc<str>,
        /// The limits, such as `60/minute; 5000/day`.
        limits: Arc<str>,
    },
}

/// Identifies an endpoint of a catalogue by its name (`"export"`), by its route (`"POST /export"`), or
/// by its [`Endpoint`] constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointId {
    /// The endpoint's name or route. A route is the HTTP method, a space and the path template.
    Text(Arc<str>),
    /// The endpoint itself.
    Endpoint(Endpoint),
}

impl<T: Tier> Override<T> {
    fn new(kind: OverrideKind<T>, endpoint: impl Into<EndpointId>) -> Self {
        Self::with(kind, Some(endpoint.into()))
    }

    fn with(kind: OverrideKind<T>, endpoint: Option<EndpointId>) -> Self {
        Self {
            kind,
            endpoint,
            until: None,
            by: None,
            because: None,
        }
    }

    /// Closes the endpoint for everyone, as a kill switch. The response is 503 `endpoint_closed`. If
    /// the override has an end, the response contains `Retry-After`.
    pub fn close(endpoint: impl Into<EndpointId>) -> Self {
        Self::new(OverrideKind::Close, endpoint)
    }

    /// Changes the tier that the endpoint requires of everyone, including callers with an older plan
    /// version. Add-ons work as before: the endpoint still requires its add-on, or still accepts the
    /// add-on of `or_feature` instead of the tier.
    ///
    /// Such an override is invalid if it admits a tier whose quota is below the cost of a call.
    pub fn require(endpoint: impl Into<EndpointId>, tier: T) -> Self {
        Self::new(OverrideKind::Require(tier), endpoint)
    }

    /// Lets one customer call the endpoint, regardless of the customer's tier and add-ons. The customer
    /// is identified by the caller's [`id`](crate::Caller::with_id). A grant never applies to unknown
    /// or anonymous callers. The quota of the customer's tier still applies. If a call costs more than this
    /// quota, also add a [`quota`](Self::quota).
    pub fn grant(customer: impl Into<Arc<str>>, endpoint: impl Into<EndpointId>) -> Self {
        Self::new(OverrideKind::Grant(customer.into()), endpoint)
    }

    /// Reports the calls that would be refused if the endpoint required this tier of everyone. The
    /// responses don't change.
    pub fn observe(endpoint: impl Into<EndpointId>, tier: T) -> Self {
        Self::new(OverrideKind::Observe(tier), endpoint)
    }

    /// Gives one customer different limits for an endpoint. They replace the limits of the customer's tier in
    /// the endpoint's attribute. Write them as in the attribute: `60/minute; 5000/day`, or `unlimited`. They
    /// may be higher than the tier's limits, for example for a migration, or lower, for example for a
    /// customer whose program calls too often.
    ///
    /// The customer is identified by the caller's [`id`](crate::Caller::with_id). The override never
    /// applies to unknown or anonymous callers, and it doesn't decide who may call the endpoint. The
    /// catalogue's quota still applies, so a raise may also need a [`quota`](Self::quota).
    ///
    /// The limits apply even if the customer's tier changes in the meantime. The override doesn't reset the
    /// customer's counters: after a raise from 60 to 600 calls per minute, a customer who has used 60 calls
    /// has 540 left in this minute. When the override ends, the limits of the tier apply at once, including
    /// to calls already made in the current window. A window that no tier has, such as the hour in
    /// `60/minute; 1000/hour`, counts calls only while the override applies.
    ///
    /// An endpoint without limits has nothing to override, so such an override is invalid. Limits need a
    /// `Quotas` layer (feature `quota`), which enforces them.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::Override;
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// let next_week = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
    /// let raise = Override::<Tier>::limit("customer-7", "export", "600/minute")
    ///     .until(next_week)
    ///     .by("support");
    /// assert_eq!(
    ///     raise.to_string(),
    ///     "limit \"export\" to \"600/minute\" for \"customer-7\" until 2025-12-01T00:00:00Z, set by \"support\"",
    /// );
    /// ```
    pub fn limit(
        customer: impl Into<Arc<str>>,
        endpoint: impl Into<EndpointId>,
        limits: impl Into<Arc<str>>,
    ) -> Self {
        let (customer, limits) = (customer.into(), limits.into());
        Self::new(OverrideKind::Limit { customer, limits }, endpoint)
    }

    /// Gives one customer a different quota for all endpoints of the catalogue together. It replaces the
    /// catalogue's quota for the customer's tier. Otherwise, this is the same as [`limit`](Self::limit). The
    /// limits of single endpoints still apply.
    ///
    /// A catalogue without a quota has nothing to override, so such an override is invalid. A quota is also
    /// invalid if it is lower than the cost of an endpoint that every tier may call.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::Override;
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// let next_week = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
    /// let raise = Override::<Tier>::quota("customer-7", "50000/day").until(next_week);
    /// assert_eq!(
    ///     raise.to_string(),
    ///     "quota \"50000/day\" for \"customer-7\" until 2025-12-01T00:00:00Z",
    /// );
    /// ```
    pub fn quota(customer: impl Into<Arc<str>>, limits: impl Into<Arc<str>>) -> Self {
        let (customer, limits) = (customer.into(), limits.into());
        Self::with(OverrideKind::Quota { customer, limits }, None)
    }

    /// Sets the end. From this time on, the override has no effect.
    #[must_use]
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }

    /// Sets who decided on the override. Logs and explanations show this text.
    #[must_use]
    pub fn by(mut self, author: impl Into<Arc<str>>) -> Self {
        self.by = Some(author.into());
        self
    }

    /// Sets the reason for the override. Logs and explanations show this text. Responses don't.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.because = Some(reason.into());
        self
    }

    /// Describes the override for an error. Long texts are shortened.
    pub(crate) fn description(&self) -> String {
        let short = Self {
            kind: match &self.kind {
                OverrideKind::Grant(customer) => OverrideKind::Grant(shortened(customer)),
                OverrideKind::Limit { customer, limits } => OverrideKind::Limit {
                    customer: shortened(customer),
                    limits: shortened(limits),
                },
                OverrideKind::Quota { customer, limits } => OverrideKind::Quota {
                    customer: shortened(customer),
                    limits: shortened(limits),
                },
                kind => kind.clone(),
            },
            endpoint: match &self.endpoint {
                Some(EndpointId::Text(text)) => Some(EndpointId::Text(shortened(text))),
                endpoint => endpoint.clone(),
            },
            until: self.until,
            by: None,
            because: None,
        };
        short.to_string()
    }

    /// Returns what the override does.
    pub fn kind(&self) -> &OverrideKind<T> {
        &self.kind
    }

    /// Returns the endpoint, or `None` if the override changes a customer's quota for all endpoints.
    pub fn endpoint(&self) -> Option<&EndpointId> {
        self.endpoint.as_ref()
    }

    /// Returns the id of the only customer to whom the override applies, or `None` if it applies to
    /// everyone.
    pub fn customer(&self) -> Option<&str> {
        match &self.kind {
            OverrideKind::Grant(customer)
            | OverrideKind::Limit { customer, .. }
            | OverrideKind::Quota { customer, .. } => Some(customer),
            OverrideKind::Close | OverrideKind::Require(_) | OverrideKind::Observe(_) => None,
        }
    }

    /// Returns the limits that the override gives to the customer, such as `60/minute; 5000/day`.
    pub fn limits(&self) -> Option<&str> {
        match &self.kind {
            OverrideKind::Limit { limits, .. } | OverrideKind::Quota { limits, .. } => Some(limits),
            _ => None,
        }
    }

    /// Returns the end, or `None` if the override has no end.
    pub fn ends_at(&self) -> Option<SystemTime> {
        self.until
    }

    /// Returns who decided on the override.
    pub fn author(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// Returns the reason for the override.
    pub fn reason(&self) -> Option<&str> {
        self.because.as_deref()
    }
}

impl<T: Tier> PartialEq for Override<T> {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            kind,
            endpoint,
            until,
            by,
            because,
        } = self;
        *kind == other.kind
            && *endpoint == other.endpoint
            && *until == other.until
            && *by == other.by
            && *because == other.because
    }
}

impl<T: Tier> fmt::Debug for Override<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Override({self})")
    }
}

/// Two kinds are equal if they have the same effect. Tiers are compared by their ranks, and limits by
/// their amounts.
impl<T: Tier> PartialEq for OverrideKind<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Close, Self::Close) => true,
            (Self::Grant(customer), Self::Grant(other)) => customer == other,
            (Self::Require(tier), Self::Require(other))
            | (Self::Observe(tier), Self::Observe(other)) => tier.rank() == other.rank(),
            (
                Self::Limit { customer, limits },
                Self::Limit {
                    customer: other,
                    limits: other_limits,
                },
            )
            | (
                Self::Quota { customer, limits },
                Self::Quota {
                    customer: other,
                    limits: other_limits,
                },
            ) => customer == other && are_same_limits(limits, other_limits),
            _ => false,
        }
    }
}

impl<T: Tier> fmt::Debug for OverrideKind<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close => f.write_str("Close"),
            Self::Grant(customer) => f.debug_tuple("Grant").field(customer).finish(),
            Self::Require(tier) => f.debug_tuple("Require").field(&tier.name()).finish(),
            Self::Observe(tier) => f.debug_tuple("Observe").field(&tier.name()).finish(),
            Self::Limit { customer, limits } => debug_limits(f, "Limit", customer, limits),
            Self::Quota { customer, limits } => debug_limits(f, "Quota", customer, limits),
        }
    }
}

fn debug_limits(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    customer: &str,
    limits: &str,
) -> fmt::Result {
    f.debug_struct(name)
        .field("customer", &customer)
        .field("limits", &limits)
        .finish()
}

/// Returns whether two texts have the same meaning as limits.
fn are_same_limits(text: &str, other: &str) -> bool {
    let read = || LimitSet::parse(text).ok().zip(LimitSet::parse(other).ok());
    text == other || read().is_some_and(|(limits, other)| limits == other)
}

impl From<&str> for EndpointId {
    fn from(name_or_route: &str) -> Self {
        Self::Text(name_or_route.into())
    }
}

impl From<String> for EndpointId {
    fn from(name_or_route: String) -> Self {
        Self::Text(name_or_route.into())
    }
}

impl From<Endpoint> for EndpointId {
    fn from(endpoint: Endpoint) -> Self {
        Self::Endpoint(endpoint)
    }
}

/// Shows the text in quotes, with special characters escaped, or the endpoint's name in quotes.
impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Endpoint(endpoint) => write!(f, "{:?}", endpoint.name()),
        }
    }
}

impl<T: Tier> fmt::Display for Override<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = Target(self.endpoint.as_ref());
        match &self.kind {
            OverrideKind::Close => write!(f, "close {endpoint}")?,
            OverrideKind::Grant(customer) => write!(f, "grant {endpoint} to {customer:?}")?,
            OverrideKind::Require(tier) => write!(f, "require {} for {endpoint}", tier.name())?,
            OverrideKind::Observe(tier) => write!(f, "observe {} for {endpoint}", tier.name())?,
            OverrideKind::Limit { customer, limits } => {
                write!(f, "limit {endpoint} to {limits:?} for {customer:?}")?;
            }
            OverrideKind::Quota { customer, limits } => {
                write!(f, "quota {limits:?} for {customer:?}")?;
            }
        }
        write_origin(f, self.until, self.author(), self.reason())
    }
}

/// Shows an endpoint. Every override that shows its endpoint has one.
struct Target<'a>(Option<&'a EndpointId>);

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |endpoint| endpoint.fmt(f))
    }
}

fn shortened(text: &Arc<str>) -> Arc<str> {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.clone(),
    }
}

/// Writes an override's end, author and reason.
pub(crate) fn write_origin(
    f: &mut fmt::Formatter<'_>,
    until: Option<SystemTime>,
    author: Option<&str>,
    reason: Option<&str>,
) -> fmt::Result {
    if let Some(until) = until {
        write!(f, " until {}", rfc3339(until))?;
    }
    if let Some(author) = author {
        write!(f, ", set by {author:?}")?;
    }
    if let Some(reason) = reason {
        let separator = if author.is_some() { "" } else { "," };
        write!(f, "{separator} because {reason:?}")?;
    }
    Ok(())
}
