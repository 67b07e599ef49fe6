//! The caller of a request.

use crate::tier::Tier;
use crate::tier::feature_set::FeatureSet;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The caller of a request. A `Caller` contains the caller's tier, or the reason why the caller has no
/// tier. It can also contain an id, add-ons, an end and a plan version.
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
/// | `new(tier)` after the time passed to [`until`](Self::until) | the [`then`](Self::then) tier, or none | 403 `subscription_expired`, or `tier_too_low` if there is a `then` tier |
///
/// [`Decision`](crate::Decision) documents how these values lead to a decision.
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
    standing: Standing,
    tier: Option<T>,
    /// The add-ons, as the bits of a [`FeatureSet`].
    features: u64,
    until: Option<SystemTime>,
    then: Option<T>,
    plan_version: Option<u32>,
    id: Option<Arc<str>>,
    /// Whether the id contains the API key. If it does, logs must not show the id.
    is_id_secret: bool,
}

/// What authentication found out about a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The caller is known, with or without a subscription.
    Known,
    /// The caller sent no credential and has a default tier.
    Anonymous,
    /// The caller wasn't recognised.
    Unknown,
}

impl<T: Copy> Caller<T> {
    const fn with_standing(standing: Standing, tier: Option<T>) -> Self {
        Self {
            standing,
            tier,
            features: 0,
            until: None,
            then: None,
            plan_version: None,
            id: None,
            is_id_secret: false,
        }
    }

    /// Creates a caller who subscribes to this tier.
    pub const fn new(tier: T) -> Self {
        Self::with_standing(Standing::Known, Some(tier))
    }

    /// Creates a caller who sent no valid credential. Every gated handler responds to this caller with
    /// 401.
    pub const fn unknown() -> Self {
        Self::with_standing(Standing::Unknown, None)
    }

    /// Creates a caller who sent no credential and is treated as having this tier.
    ///
    /// If the tier is too low, the response is 401 instead of 403, because the caller may have a
    /// subscription and only needs to send the credential.
    pub const fn anonymous(tier: T) -> Self {
        Self::with_standing(Standing::Anonymous, Some(tier))
    }

    /// Creates a known caller who has no subscription.
    pub const fn without_subscription() -> Self {
        Self::with_standing(Standing::Known, None)
    }

    /// Sets the caller's id, such as an account or customer number. The id appears in logs, so it must not be
    /// the API key. An empty id counts as no id. Otherwise, customers without an id would share one.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into()).filter(|id: &Arc<str>| !id.is_empty());
        self.is_id_secret = false;
        self
    }

    /// Sets the time at which the tier and the add-ons end: the end of a trial, of a cancelled plan, or
    /// of a grace period after a failed payment. From this time on, the caller has the
    /// [`then`](Self::then) tier, or no subscription. Compared with the system's clock.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::Caller;
    ///
    /// # #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// let end_of_trial = SystemTime::now() + Duration::from_secs(14 * 24 * 60 * 60);
    /// let caller = Caller::new(Tier::Plus).until(end_of_trial).then(Tier::Free);
    /// assert_eq!(caller.tier_at(SystemTime::now()), Some(Tier::Plus));
    /// assert_eq!(caller.tier_at(end_of_trial), Some(Tier::Free));
    /// ```
    #[must_use]
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }

    /// Sets the tier that the caller has from the time passed to [`until`](Self::until) on. Without
    /// `until`, this tier has no effect.
    #[must_use]
    pub fn then(mut self, tier: T) -> Self {
        self.then = Some(tier);
        self
    }

    /// Sets the version of the price list that the caller bought. Handlers can require a lower tier of
    /// older versions with [`until_version`](macro@crate::requires_tier).
    #[must_use]
    pub fn with_plan_version(mut self, version: u32) -> Self {
        self.plan_version = Some(version);
        self
    }

    /// Returns the tier that applies to the caller, or `None` if the caller is unknown or has no
    /// subscription. Ignores the time passed to [`until`](Self::until).
    pub const fn tier(&self) -> Option<T> {
        self.tier
    }

    /// Returns the tier that applies at this time. Returns `None` if the caller is unknown, has no
    /// subscription, or had a subscription that has ended.
    pub fn tier_at(&self, now: SystemTime) -> Option<T> {
        if self.is_unknown() {
            None
        } else if self.has_ended(now) {
            self.then
        } else {
            self.tier()
        }
    }

    /// Returns the time passed to [`until`](Self::until).
    pub const fn ends_at(&self) -> Option<SystemTime> {
        self.until
    }

    /// Returns the tier passed to [`then`](Self::then).
    pub const fn next_tier(&self) -> Option<T> {
        self.then
    }

    /// Returns the version of the price list that the caller bought, if it is known.
    pub const fn plan_version(&self) -> Option<u32> {
        self.plan_version
    }

    /// Returns whether the time passed to [`until`](Self::until) has come.
    pub(crate) fn has_ended(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Returns the add-ons as the bits of a [`FeatureSet`].
    pub(crate) const fn feature_bits(&self) -> u64 {
        self.features
    }

    /// Returns the caller's id, if one is known.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the id that logs may show, or `None` if there is no id or the id contains the API key.
    pub(crate) fn id_in_logs(&self) -> Option<&str> {
        self.id().filter(|_| !self.is_id_secret)
    }

    /// Returns the id without copying it.
    pub(crate) fn shared_id(&self) -> Option<Arc<str>> {
        self.id.clone()
    }

    /// Returns the id that logs may show, without copying it.
    pub(crate) fn shared_id_in_logs(&self) -> Option<Arc<str>> {
        self.id.clone().filter(|_| !self.is_id_secret)
    }

    /// Ends the subscription at this time, unless it ends earlier. `then` is the tier after this time.
    #[cfg(feature = "watch")]
    pub(crate) fn ending_by(mut self, time: SystemTime, then: Option<T>) -> Self {
        if self.until.is_none_or(|until| time <= until) {
            self.until = Some(time);
            self.then = then;
        }
        self
    }

    /// Replaces the add-ons, which are the bits of a [`FeatureSet`], and the plan version.
    #[cfg(feature = "watch")]
    pub(crate) fn with_add_ons_and_version(
        mut self,
        features: u64,
        plan_version: Option<u32>,
    ) -> Self {
        self.features = features;
        self.plan_version = plan_version;
        self
    }

    /// Marks the id as containing the API key, which keeps the id out of logs.
    #[cfg(feature = "source")]
    pub(crate) fn with_secret_id(mut self) -> Self {
        self.is_id_secret = true;
        self
    }

    /// Returns whether the caller sent no credential and was given a default tier.
    pub const fn is_anonymous(&self) -> bool {
        matches!(self.standing, Standing::Anonymous)
    }

    /// Returns what authentication found out about the caller.
    pub(crate) const fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns whether authentication failed to recognise the caller.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.standing, Standing::Unknown)
    }

    /// Gives this tier to the caller if the caller is known but has no subscription.
    #[cfg(feature = "source")]
    pub(crate) fn or_without_subscription(mut self, tier: Option<T>) -> Self {
        if self.standing == Standing::Known {
            self.tier = self.tier.or(tier);
        }
        self
    }
}

impl<T: Tier> Caller<T> {
    /// Adds an add-on.
    ///
    /// ```
    /// use tiergate::Caller;
    ///
    /// #[derive(Clone, Copy, tiergate::Feature)]
    /// enum Feature { Radio, BodyCam }
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// #[tier(features = Feature)]
    /// enum Tier { Free, Plus }
    ///
    /// let caller = Caller::new(Tier::Plus).with_feature(Feature::Radio);
    /// assert!(caller.features().contains(Feature::Radio));
    /// ```
    #[must_use]
    pub fn with_feature(self, feature: T::Features) -> Self {
        self.with_features([feature])
    }

    /// Adds add-ons.
    #[must_use]
    pub fn with_features(mut self, features: impl IntoIterator<Item = T::Features>) -> Self {
        self.features |= FeatureSet::from_iter(features).bits();
        self
    }

    /// Returns the caller's add-ons. Ignores the time passed to [`until`](Self::until).
    pub const fn features(&self) -> FeatureSet<T::Features> {
        FeatureSet::from_bits(self.features)
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
            .field("tier", &self.tier)
            .field("id", &self.id_in_logs())
            .field("features", &format_args!("{:#b}", self.features))
            .field("until", &self.until)
            .field("then", &self.then)
            .field("plan_version", &self.plan_version)
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

/// Clones the caller.
impl<T: Copy> From<&Caller<T>> for Caller<T> {
    fn from(caller: &Caller<T>) -> Self {
        caller.clone()
    }
}

/// What a guard knows about the caller who passed the guard's check.
#[derive(Clone, Copy)]
pub(crate) struct Permit<T> {
    /// The caller's tier. A caller without a tier, who passed because of an add-on or an override, has
    /// the lowest tier here.
    pub(crate) tier: T,
    /// The caller's add-ons, as the bits of a [`FeatureSet`].
    pub(crate) features: u64,
    pub(crate) is_anonymous: bool,
}

impl<T: Tier> Permit<T> {
    /// Returns a caller with everything that the permit contains.
    #[cfg(feature = "watch")]
    pub(crate) fn caller(&self) -> Caller<T> {
        let caller = if self.is_anonymous {
            Caller::anonymous(self.tier)
        } else {
            Caller::new(self.tier)
        };
        Caller {
            features: self.features,
            ..caller
        }
    }

    /// Creates the permit of a caller who passed a check. `has_ended` states whether the caller's tier
    /// and add-ons had ended.
    #[inline]
    pub(crate) fn of(caller: &Caller<T>, has_ended: bool) -> Self {
        let tier = if has_ended { caller.then } else { caller.tier };
        Self {
            tier: tier.unwrap_or(T::ALL[0]),
            features: if has_ended { 0 } else { caller.features },
            is_anonymous: caller.is_anonymous(),
        }
    }
}
