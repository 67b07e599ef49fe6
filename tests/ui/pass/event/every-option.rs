//! Every option of structs, enums and variants.
use tiergate::{Caller, Catalogue, Endpoint, Event, FeatureRule};

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(features = Feature)]
enum Plan {
    Free,
    Plus,
    Pro,
}

use Plan as Tier;

/// A unit has
/// a new status.
///
/// More about it.
#[derive(Event)]
#[event(Plus, name = "EVENT_UNIT_STATUS")]
struct UnitStatus {
    unit: u32,
}

#[derive(Event)]
#[event(Plan::Pro, feature = Radio, until_version(2, Free), until_version(3, Plan::Plus), enforced = Free)]
struct Everything(u8);

#[derive(Event)]
#[event(Pro, or_feature = Feature::BodyCam)]
#[event(name = "second attribute")]
struct Either;

#[derive(Event)]
#[event(feature = Radio)]
struct OnlyRadio;

#[derive(Event)]
#[event(feature = Feature::BodyCam, tier = self::Plan)]
struct OnlyBodyCam;

/// All pushes of one connection.
#[derive(Event)]
#[event(Plus, or_feature = Radio, enforced = Free)]
enum Push<'a, T>
where
    T: Copy,
{
    /// Without options.
    Added { item: T },
    /// Only with a name.
    #[event(name = "EVENT_REMOVED")]
    Removed(&'a str),
    /// With a requirement of its own.
    #[event(Pro, name = "EVENT_PANIC")]
    Panic,
    #[event(feature = BodyCam, tier = Tier)]
    Footage,
    #[cfg(any())]
    Missing(Missing),
    #[cfg(all())]
    #[cfg_attr(all(), event(Free))]
    #[allow(non_camel_case_types)]
    r#loop,
}

#[derive(Event)]
enum Single {
    #[event(Plus)]
    Single,
}

/// A type with methods of the same names.
#[derive(Event)]
#[event(Plus, trait_only)]
struct OwnMethods;

impl OwnMethods {
    fn cleared_for(self) -> &'static str {
        "own method"
    }
}

#[derive(Event)]
#[event(trait_only, Plus)]
enum WithoutMethods {
    #[event(name = "Without")]
    Only,
}

#[derive(Catalogue)]
#[catalogue(tier = Plan)]
struct Registered;

#[derive(Catalogue)]
#[catalogue(tier = Plan, events(UnitStatus, Everything, Either, OnlyRadio, OnlyBodyCam, Push<'_, u8>, Single, OwnMethods, WithoutMethods))]
struct Api;

fn names(endpoints: &[Endpoint]) -> Vec<&'static str> {
    endpoints.iter().map(Endpoint::name).collect()
}

fn main() {
    const EVENTS: &[Endpoint] = Api::EVENTS;
    let expected = [
        "EVENT_UNIT_STATUS",
        "Everything",
        "second attribute",
        "OnlyRadio",
        "OnlyBodyCam",
        "Added",
        "EVENT_REMOVED",
        "EVENT_PANIC",
        "Footage",
        "loop",
        "Single",
        "OwnMethods",
        "Without",
    ];
    assert_eq!(names(EVENTS), expected);
    assert_eq!(names(Api::events()), expected);
    assert_eq!(names(Api::endpoints()), [""; 0]);
    assert!(Api::ENDPOINTS.is_empty());
    assert!(EVENTS.iter().all(|event| event.is_event() && event.method().is_none()));
    let mut registered = names(Registered::events());
    let mut sorted = expected;
    (registered.sort(), sorted.sort());
    assert_eq!(registered, sorted);
    assert!(Registered::endpoints().is_empty());

    assert_eq!(EVENTS[0].summary(), "A unit has a new status.");
    assert_eq!(EVENTS[0].required_tier(), Some("Plus"));
    assert_eq!(EVENTS[0].line(), 26);
    assert!(EVENTS[0].file().ends_with("every-option.rs"));
    let need = EVENTS[1].need().unwrap();
    assert_eq!((need.required_tier(), need.feature_key()), (Some("Pro"), Some("radio")));
    assert_eq!(EVENTS[2].need().unwrap().feature_rule(), FeatureRule::OrTier);
    assert_eq!(EVENTS[3].need().unwrap().feature_rule(), FeatureRule::FeatureOnly);
    assert_eq!(EVENTS[4].required_feature(), Some("body_cam"));
    assert_eq!(EVENTS[5].summary(), "Without options.");
    for inherited in [EVENTS[5], EVENTS[6]] {
        let need = inherited.need().unwrap();
        assert_eq!((need.required_tier(), need.feature_key()), (Some("Plus"), Some("radio")));
    }
    assert_eq!(EVENTS[7].required_tier(), Some("Pro"));
    assert_eq!(EVENTS[7].required_feature(), None);
    assert_eq!(EVENTS[8].required_tier(), None);
    assert_eq!(EVENTS[9].required_tier(), Some("Free"));

    // The record is that of the value.
    let text = "removed".to_owned();
    let pushes = [
        Push::Added { item: 1_u8 },
        Push::Removed(&text),
        Push::Panic,
        Push::Footage,
        Push::r#loop,
    ];
    for (push, record) in pushes.iter().zip(&EVENTS[5..]) {
        assert_eq!(push.endpoint(), *record);
    }
    // The record doesn't depend on the generics.
    assert_eq!(Push::Added { item: "text" }.endpoint(), EVENTS[5]);
    let _ = (Single::Single, WithoutMethods::Only, Push::<u8>::Panic);
    assert_eq!(OwnMethods.cleared_for(), "own method");
    assert!(Event::cleared_for(OwnMethods, Plan::Plus).is_ok());
    assert!(WithoutMethods::Only.cleared_for(Plan::Free).is_err());

    let free = Caller::new(Plan::Free);
    assert!(Push::Added { item: 1_u8 }.cleared_for(&free).is_ok());
    assert!(Push::<u8>::Panic.cleared_for(&free).is_err());
    let cleared = UnitStatus { unit: 7 }.cleared_for(Plan::Plus).unwrap();
    assert_eq!((cleared.unit, cleared.name()), (7, "EVENT_UNIT_STATUS"));
    assert_eq!(cleared.again(Plan::Pro).unwrap().into_inner().unit, 7);
    assert!(Everything(1).cleared_for(Plan::Pro).is_err());
    let fan_out = Either.fan_out([&free], |caller| *caller);
    assert_eq!((fan_out.cleared.len(), fan_out.left_out.len()), (0, 1));
    let with_cam = Caller::new(Plan::Free).with_feature(Feature::BodyCam);
    assert!(Either.cleared_for(&with_cam).is_ok());
    assert!(OnlyBodyCam.cleared_for(&with_cam).is_ok());
    assert!(OnlyRadio.cleared_for(&with_cam).is_err());
    assert_eq!(Everything(1).0, 1);
}
