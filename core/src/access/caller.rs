//! The caller of a request.

use std::fmt;
use std::sync::Arc;

/// The caller of a request. A `Caller` contains the caller's tier, or the reason why the caller has no
/// tier. It can also contain an id.
///
/// An authentication layer inserts a `Caller` into every request. If the layer doesn't recognise the
/// caller, it inserts [`Caller::unknown`]. If a request contains no `Caller`, the guard assumes that
/// the authentication layer is missing and refuses the call with 500. You can use a
/// [`TierLayer`](crate::TierLayer) instead of writing your own layer. Its
/// [`TierSource`](crate::TierSource) looks up the `Caller`, and the layer passes the `Caller` to the
/// guard.
///
/// | caller | tier | response if the tier is missing or too low |
/// | --- | --- | --- |
/// | [`new(tier)`](Self::new) | the tier of the subscription | 403 `tier_too_low` |
/// | [`anonymous(tier)`](Self::anonymous) | the tier for requests without a credential | 401 `tier_too_low` |
/// | [`without_subscription()`](Self::without_subscription) | none | 403 `no_subscription` |
/// | [`unknown()`](Self::unknown) | none | 401 `unknown_caller` |
///
/// Handlers can extract the `Caller` in every supported framework. Behind a `TierLayer`, the guard of a
/// gated handler starts the lookup. A public handler has no guard, so the `Caller` extractor starts the
/// lookup instead.
///
/// ```
/// use tiergate::Caller;
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// let caller = Caller::new(Tier::Plus).with_id("customer-7");
/// assert_eq!(caller.tier(), Some(Tier::Plus));
/// assert_eq!(caller.id(), Some("customer-7"));
/// assert_eq!(Caller::<Tier>::unknown().tier(), None);
/// assert_eq!(Caller::from(Tier::Plus), Caller::new(Tier::Plus));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Caller<T> {
    standing: CallerStanding<T>,
    id: Option<Arc<str>>,
    /// Whether the id contains the API key. If it does, logs must not show the id.
    is_id_secret: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallerStanding<T> {
    Subscribed(T),
    Anonymous(T),
    WithoutSubscription,
    Unknown,
}

impl<T: Copy> Caller<T> {
    const fn with_standing(standing: CallerStanding<T>) -> Self {
        Self {
            standing,
            id: None,
            is_id_secret: false,
        }
    }

    /// Creates a caller who subscribes to this tier.
    pub const fn new(tier: T) -> Self {
        Self::with_standing(CallerStanding::Subscribed(tier))
    }

    /// Creates a caller who sent no valid credential. Every gated handler responds to this caller with
    /// 401.
    pub const fn unknown() -> Self {
        Self::with_standing(CallerStanding::Unknown)
    }

    /// Creates a caller who sent no credential and is treated as having this tier.
    ///
    /// If the tier is too low, the response is 401 instead of 403, because the caller may have a
    /// subscription and only needs to send the credential.
    pub const fn anonymous(tier: T) -> Self {
        Self::with_standing(CallerStanding::Anonymous(tier))
    }

    /// Creates a known caller who has no subscription.
    pub const fn without_subscription() -> Self {
        Self::with_standing(CallerStanding::WithoutSubscription)
    }

    /// Sets the caller's id, such as an account or customer number. The id appears in logs, so it must
    /// not be the API key.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self.is_id_secret = false;
        self
    }

    /// Returns the tier that applies to the caller, or `None` if the caller is unknown or has no
    /// subscription.
    pub const fn tier(&self) -> Option<T> {
        match self.standing {
            CallerStanding::Subscribed(tier) | CallerStanding::Anonymous(tier) => Some(tier),
            CallerStanding::WithoutSubscription | CallerStanding::Unknown => None,
        }
    }

    /// Returns the caller's id, if one is known.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the id that logs may show, or `None` if there is no id or the id contains the API key.
    pub(crate) fn id_in_logs(&self) -> Option<&str> {
        self.id().filter(|_| !self.is_id_secret)
    }

    /// Marks the id as containing the API key, which keeps the id out of logs.
    #[cfg(feature = "source")]
    pub(crate) fn with_secret_id(mut self) -> Self {
        self.is_id_secret = true;
        self
    }

    /// Returns whether the caller sent no credential and was given a default tier.
    pub const fn is_anonymous(&self) -> bool {
        matches!(self.standing, CallerStanding::Anonymous(_))
    }

    /// Returns whether authentication failed to recognise the caller.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.standing, CallerStanding::Unknown)
    }

    /// Gives this tier to the caller if the caller is known but has no subscription.
    #[cfg(feature = "source")]
    pub(crate) fn or_without_subscription(mut self, tier: Option<T>) -> Self {
        if let (CallerStanding::WithoutSubscription, Some(tier)) = (self.standing, tier) {
            self.standing = CallerStanding::Subscribed(tier);
        }
        self
    }
}

/// Creates a caller who subscribes to this tier.
impl<T: Copy> From<T> for Caller<T> {
    fn from(tier: T) -> Self {
        Self::new(tier)
    }
}

/// Shows the id, unless a source returned the API key as the id.
#[allow(clippy::missing_fields_in_debug)]
impl<T: Copy + fmt::Debug> fmt::Debug for Caller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("standing", &self.standing)
            .field("id", &self.id_in_logs())
            .finish()
    }
}

/// Creates a caller who subscribes to the tier, or a caller without a subscription if the tier is
/// `None`.
impl<T: Copy> From<Option<T>> for Caller<T> {
    fn from(tier: Option<T>) -> Self {
        tier.map_or(Self::without_subscription(), Self::new)
    }
}

/// A caller's tier, and whether the caller is anonymous. Each guard contains the permit of a caller who
/// passed the guard's check.
#[derive(Clone, Copy)]
pub(crate) struct Permit<T> {
    pub(crate) tier: T,
    pub(crate) is_anonymous: bool,
}
