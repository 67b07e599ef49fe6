//! A single override.

use crate::access::time::rfc3339;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A run-time change to who may call one endpoint. Install overrides with
/// [`Overrides::replace`](crate::Overrides::replace), or load them from a store.
///
/// | constructor | effect | end |
/// | --- | --- | --- |
/// | [`close`](Self::close) | nobody may call the endpoint: 503 `endpoint_closed` | optional |
/// | [`grant`](Self::grant) | one customer may call the endpoint | required |
/// | [`require`](Self::require) | the endpoint requires this tier of everyone | required |
/// | [`observe`](Self::observe) | changes nothing, but reports the calls that this tier would refuse | required |
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
    pub(crate) endpoint: EndpointId,
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
        Self {
            kind,
            endpoint: endpoint.into(),
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
    pub fn require(endpoint: impl Into<EndpointId>, tier: T) -> Self {
        Self::new(OverrideKind::Require(tier), endpoint)
    }

    /// Lets one customer call the endpoint, regardless of the customer's tier and add-ons. The customer
    /// is identified by the caller's [`id`](crate::Caller::with_id). A grant never applies to unknown
    /// or anonymous callers.
    pub fn grant(customer: impl Into<Arc<str>>, endpoint: impl Into<EndpointId>) -> Self {
        Self::new(OverrideKind::Grant(customer.into()), endpoint)
    }

    /// Reports the calls that would be refused if the endpoint required this tier of everyone. The
    /// responses don't change.
    pub fn observe(endpoint: impl Into<EndpointId>, tier: T) -> Self {
        Self::new(OverrideKind::Observe(tier), endpoint)
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

    /// Describes the override for an error. Long endpoints and customer ids are shortened.
    pub(crate) fn description(&self) -> String {
        let short = Self {
            kind: match &self.kind {
                OverrideKind::Grant(customer) => OverrideKind::Grant(shortened(customer)),
                kind => kind.clone(),
            },
            endpoint: match &self.endpoint {
                EndpointId::Text(text) => EndpointId::Text(shortened(text)),
                EndpointId::Endpoint(endpoint) => EndpointId::Endpoint(*endpoint),
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

    /// Returns the endpoint.
    pub fn endpoint(&self) -> &EndpointId {
        &self.endpoint
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

/// Two kinds are equal if they have the same effect. Tiers are compared by their ranks.
impl<T: Tier> PartialEq for OverrideKind<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Close, Self::Close) => true,
            (Self::Grant(customer), Self::Grant(other)) => customer == other,
            (Self::Require(tier), Self::Require(other))
            | (Self::Observe(tier), Self::Observe(other)) => tier.rank() == other.rank(),
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
        }
    }
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
        let endpoint = &self.endpoint;
        match &self.kind {
            OverrideKind::Close => write!(f, "close {endpoint}")?,
            OverrideKind::Grant(customer) => write!(f, "grant {endpoint} to {customer:?}")?,
            OverrideKind::Require(tier) => write!(f, "require {} for {endpoint}", tier.name())?,
            OverrideKind::Observe(tier) => write!(f, "observe {} for {endpoint}", tier.name())?,
        }
        write_origin(f, self.until, self.author(), self.reason())
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
