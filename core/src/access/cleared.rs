//! Push events, and the proof that a caller may receive an event.

use crate::access::caller::{Caller, Permit};
use crate::access::denied::Denied;
use crate::access::direct_check::{check_event, check_with};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::endpoint::event::DerivedEvent;
use crate::tier::Tier;
use crate::tier::feature_set::FeatureSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A push event, such as a webhook or a message on a `WebSocket`. The server sends it only to callers whose
/// subscription includes it.
///
/// [`#[derive(Event)]`](macro@crate::Event) implements this trait for a struct, or for an enum with one event
/// for each variant. An event requires a tier, an add-on or both, like a handler. A check for one caller turns
/// the event into a [`Cleared`] event, which may be sent to this caller. The derive also adds `cleared_for`
/// and `cleared_with` to the type itself, so you don't have to import the trait.
///
/// ```
/// use tiergate::{Caller, Cleared, Denied};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// /// A unit has a new status.
/// #[derive(tiergate::Event)]
/// #[event(Plus, name = "EVENT_UNIT_STATUS")]
/// struct UnitStatus { unit: u32, status: u8 }
///
/// fn send(event: Cleared<UnitStatus>) -> String {
///     format!("{}: unit {} has status {}", event.name(), event.unit, event.status)
/// }
///
/// fn notify(caller: &Caller<Tier>) -> Result<String, Denied> {
///     let event = UnitStatus { unit: 7, status: 2 };
///     Ok(send(event.cleared_for(caller)?))
/// }
///
/// let sent = notify(&Caller::new(Tier::Plus)).unwrap();
/// assert_eq!(sent, "EVENT_UNIT_STATUS: unit 7 has status 2");
/// let denied = notify(&Caller::new(Tier::Free)).unwrap_err();
/// assert_eq!(denied.to_string(), "`EVENT_UNIT_STATUS` requires the tier Plus; the caller has Free");
/// ```
///
/// Only the derive implements this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "add `#[derive(tiergate::Event)]` and `#[event(…)]` to the type"
)]
pub trait Event: DerivedEvent {
    /// Returns the event's record, with its name and its requirement.
    fn endpoint(&self) -> Endpoint {
        self.record()
    }

    /// Checks whether a caller may receive the event. Pass the caller's tier, or a [`Caller`] with more
    /// details.
    ///
    /// The check reads the system's clock only if the caller's subscription has an
    /// [end](Caller::until). To keep the event if the caller may not receive it, pass a reference:
    /// `Event::cleared_for(&event, caller)`.
    ///
    /// # Errors
    /// Returns [`Denied`] if the caller may not receive the event.
    fn cleared_for(self, caller: impl Into<Caller<Self::Tier>>) -> Result<Cleared<Self>, Denied> {
        Cleared::check(self, &caller.into())
    }

    /// Checks whether a caller may receive the event, taking overrides into account. An override identifies
    /// an event by its name.
    ///
    /// # Errors
    /// Returns the [`Refusal`] if the caller may not receive the event.
    ///
    /// ```
    /// use tiergate::{Caller, Catalogue, Override, Overrides};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[derive(tiergate::Event)]
    /// #[event(Plus)]
    /// struct UnitStatus(u8);
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, events(UnitStatus))]
    /// struct Api;
    ///
    /// let overrides = Overrides::of::<Api>();
    /// let caller = Caller::new(Tier::Plus);
    /// assert!(UnitStatus(1).cleared_with(&caller, &overrides).is_ok());
    /// overrides.replace(1, [Override::close("UnitStatus")])?;
    /// let refusal = UnitStatus(1).cleared_with(&caller, &overrides).unwrap_err();
    /// assert_eq!(refusal.code(), "endpoint_closed");
    /// # Ok::<(), tiergate::InvalidOverrides>(())
    /// ```
    fn cleared_with(
        self,
        caller: &Caller<Self::Tier>,
        overrides: &Overrides<Self::Tier>,
    ) -> Result<Cleared<Self>, Refusal> {
        Cleared::check_with(self, caller, overrides)
    }

    /// Selects the recipients who may receive the event, with one decision for each. `caller_of` returns a
    /// recipient's caller.
    ///
    /// ```
    /// use tiergate::{Caller, Event};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[derive(Event)]
    /// #[event(Plus)]
    /// struct UnitStatus(u8);
    ///
    /// struct Subscriber { caller: Caller<Tier>, url: &'static str }
    ///
    /// let subscribers = [
    ///     Subscriber { caller: Caller::new(Tier::Plus), url: "https://a.example" },
    ///     Subscriber { caller: Caller::new(Tier::Free), url: "https://b.example" },
    /// ];
    /// let fan_out = UnitStatus(2).fan_out(&subscribers, |subscriber| &subscriber.caller);
    /// for (subscriber, event) in fan_out.cleared {
    ///     println!("{} gets {}", subscriber.url, event.0);
    /// }
    /// let (subscriber, refusal) = &fan_out.left_out[0];
    /// assert_eq!((subscriber.url, refusal.code()), ("https://b.example", "tier_too_low"));
    /// ```
    fn fan_out<R>(
        &self,
        recipients: impl IntoIterator<Item = R>,
        caller_of: impl Fn(&R) -> &Caller<Self::Tier>,
    ) -> FanOut<'_, Self, R> {
        FanOut::of(recipients, |recipient| {
            Ok(Cleared::check(self, caller_of(recipient))?)
        })
    }

    /// Does what [`fan_out`](Self::fan_out) does, taking overrides into account.
    fn fan_out_with<R>(
        &self,
        recipients: impl IntoIterator<Item = R>,
        caller_of: impl Fn(&R) -> &Caller<Self::Tier>,
        overrides: &Overrides<Self::Tier>,
    ) -> FanOut<'_, Self, R> {
        FanOut::of(recipients, |recipient| {
            Cleared::check_with(self, caller_of(recipient), overrides)
        })
    }
}

impl<E: DerivedEvent> Event for E {}

/// The result of [`Event::fan_out`]: who may receive an event, and who may not.
#[derive(Debug)]
#[must_use = "the event has not been sent yet"]
pub struct FanOut<'e, E: DerivedEvent, R> {
    /// The recipients who may receive the event, each with the event to send.
    pub cleared: Vec<(R, Cleared<&'e E>)>,
    /// The recipients who may not receive the event, each with the reason.
    pub left_out: Vec<(R, Refusal)>,
}

impl<'e, E: DerivedEvent, R> FanOut<'e, E, R> {
    fn of(
        recipients: impl IntoIterator<Item = R>,
        check: impl Fn(&R) -> Result<Cleared<&'e E>, Refusal>,
    ) -> Self {
        let (mut cleared, mut left_out) = (Vec::new(), Vec::new());
        for recipient in recipients {
            match check(&recipient) {
                Ok(event) => cleared.push((recipient, event)),
                Err(refusal) => left_out.push((recipient, refusal)),
            }
        }
        Self { cleared, left_out }
    }
}

/// Proof that one particular caller may receive an event now.
///
/// If your sending code accepts only `Cleared` events, no event is sent without a check. A `Cleared` event
/// can't be cloned, so it can be sent only once. Before you send it again, for example after a failed
/// delivery, call [`again`](Self::again), because the customer may have cancelled in the meantime.
///
/// A `Cleared` event dereferences to the event, so its fields can be read but not changed. With the feature
/// `serde`, it serialises like the event.
#[must_use = "a cleared event has no effect until it is sent"]
pub struct Cleared<E: DerivedEvent> {
    event: E,
    permit: Permit<E::Tier>,
    id: Option<Arc<str>>,
}

impl<E: DerivedEvent> Cleared<E> {
    fn check(event: E, caller: &Caller<E::Tier>) -> Result<Self, Denied> {
        let permit = check_event(event.record(), caller)?;
        Ok(cleared(event, caller, permit))
    }

    fn check_with(
        event: E,
        caller: &Caller<E::Tier>,
        overrides: &Overrides<E::Tier>,
    ) -> Result<Self, Refusal> {
        let permit = check_with(event.record(), caller, overrides)?;
        Ok(cleared(event, caller, permit))
    }

    /// Checks once more whether a caller may receive the event, for example before another attempt to
    /// deliver it.
    ///
    /// # Errors
    /// Returns [`Denied`] if the caller may no longer receive the event. In this case, don't send it.
    pub fn again(self, caller: impl Into<Caller<E::Tier>>) -> Result<Self, Denied> {
        Self::check(self.event, &caller.into())
    }

    /// Does what [`again`](Self::again) does, taking overrides into account.
    ///
    /// # Errors
    /// Returns the [`Refusal`] if the caller may no longer receive the event. In this case, don't send it.
    pub fn again_with(
        self,
        caller: &Caller<E::Tier>,
        overrides: &Overrides<E::Tier>,
    ) -> Result<Self, Refusal> {
        Self::check_with(self.event, caller, overrides)
    }

    /// Returns the event's name.
    pub fn name(&self) -> &'static str {
        self.event.record().name()
    }

    /// Returns the event's record.
    pub fn endpoint(&self) -> Endpoint {
        self.event.record()
    }

    /// Returns the id of the caller who may receive the event, if the caller has one.
    pub fn caller_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the caller's tier. If the caller has no tier, but may receive the event because of an add-on
    /// or an [override](crate::Override), this is the lowest tier.
    pub fn tier(&self) -> E::Tier {
        self.permit.tier
    }

    /// Returns whether the caller has this add-on.
    pub fn has_feature(&self, feature: <E::Tier as Tier>::Features) -> bool {
        FeatureSet::from_bits(self.permit.features).contains(feature)
    }

    /// Returns the event. Sending it again requires another check.
    pub fn into_inner(self) -> E {
        self.event
    }
}

impl<E: DerivedEvent + Clone> Cleared<&E> {
    /// Clones the event, for the same caller.
    ///
    /// The events of a [`fan_out`](Event::fan_out) borrow one event, so that nothing is cloned for recipients
    /// who are left out. A function that sends owned events, or a task, needs a clone. If a clone is
    /// expensive, put the event into an [`Arc`] first.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tiergate::{Caller, Cleared, Event};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[derive(Event)]
    /// #[event(Plus)]
    /// struct UnitStatus { notes: String }
    ///
    /// fn send(event: Cleared<Arc<UnitStatus>>) {
    ///     std::thread::spawn(move || println!("{}: {}", event.name(), event.notes));
    /// }
    ///
    /// let callers = [Caller::new(Tier::Plus), Caller::new(Tier::Free)];
    /// let event = Arc::new(UnitStatus { notes: "on scene".to_owned() });
    /// for (_, event) in event.fan_out(&callers, |caller| caller).cleared {
    ///     send(event.cloned());
    /// }
    /// ```
    pub fn cloned(self) -> Cleared<E> {
        Cleared {
            event: self.event.clone(),
            permit: self.permit,
            id: self.id,
        }
    }
}

// The compiler would suggest an associated function for a `Cleared` that is made by hand.
fn cleared<E: DerivedEvent>(
    event: E,
    caller: &Caller<E::Tier>,
    permit: Permit<E::Tier>,
) -> Cleared<E> {
    Cleared {
        event,
        permit,
        id: caller.shared_id(),
    }
}

impl<E: DerivedEvent> Deref for Cleared<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

impl<E: DerivedEvent> fmt::Debug for Cleared<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cleared")
            .field("event", &self.event.record().name())
            .field("tier", &self.permit.tier.name())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "serde")]
impl<E: DerivedEvent + serde::Serialize> serde::Serialize for Cleared<E> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.event.serialize(serializer)
    }
}
