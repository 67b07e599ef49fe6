//! Endpoints for unit tests, with every kind of requirement. In this crate's own unit tests, the
//! attributes can't generate endpoints.

use crate::endpoint::Endpoint;
use crate::endpoint::gated::Handler;
use crate::endpoint::need::needs;
use crate::endpoint::record::{NeedRecord, Record, Tiers, VersionRecord};
use crate::route::method::Method;
use crate::tier::TierEnum;
use crate::tier::feature::FeatureEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Free,
    Plus,
    Pro,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Radio,
    BodyCam,
}

impl TierEnum for Tier {
    type FeatureEnum = Feature;
    const VARIANTS: &'static [Self] = &[Self::Free, Self::Plus, Self::Pro];
    const VARIANT_NAMES: &'static [&'static str] = &["Free", "Plus", "Pro"];
    const VARIANT_ALIASES: &'static [(&'static str, usize)] = &[];
    const DISCRIMINANTS: &'static [u32] = &[0, 1, 2];

    fn variant_name(self) -> &'static str {
        Self::VARIANT_NAMES[self as usize]
    }

    fn discriminant(self) -> u32 {
        self as u32
    }
}

impl FeatureEnum for Feature {
    const VARIANTS: &'static [Self] = &[Self::Radio, Self::BodyCam];
    const VARIANT_KEYS: &'static [&'static str] = &["radio", "body_cam"];
    const VARIANT_NAMES: &'static [&'static str] = &["Radio", "Body camera"];

    fn position(self) -> u8 {
        self as u8
    }
}

/// `#[requires_tier(Plus)]`
pub(crate) const PLUS: Endpoint = Endpoint(&PLUS_RECORD);
/// `#[requires_tier(Plus, feature = Radio)]`
pub(crate) const PLUS_AND_RADIO: Endpoint = Endpoint(&BOTH_RECORD);
/// `#[requires_tier(Plus, or_feature = Radio)]`
pub(crate) const PLUS_OR_RADIO: Endpoint = Endpoint(&ANY_RECORD);
/// `#[requires_feature(Radio)]`
pub(crate) const RADIO: Endpoint = Endpoint(&RADIO_RECORD);
/// `#[requires_tier(Pro, until_version(3, Plus))]`
pub(crate) const PRO_OR_OLD_PLUS: Endpoint = Endpoint(&OLD_RECORD);
/// `#[requires_tier(Pro, until_version(3, Plus), enforced = Free)]`
pub(crate) const PRO_SOON: Endpoint = Endpoint(&SOON_RECORD);
/// `#[requires_tier(public = "why")]`
pub(crate) const PUBLIC: Endpoint = Endpoint(&PUBLIC_RECORD);

pub(crate) static ALL: [Endpoint; 7] = [
    PLUS,
    PLUS_AND_RADIO,
    PLUS_OR_RADIO,
    RADIO,
    PRO_OR_OLD_PLUS,
    PRO_SOON,
    PUBLIC,
];

static PLUS_RECORD: Record = record("plus/plus", 4, Tier::Plus, None);
static BOTH_RECORD: Record = record(
    "both/both",
    4,
    Tier::Plus,
    Some(&need(needs::TIER_AND_FEATURE)),
);
static ANY_RECORD: Record = record(
    "any/any",
    3,
    Tier::Plus,
    Some(&need(needs::TIER_OR_FEATURE)),
);
static RADIO_RECORD: Record = record("radio/radio", 5, Tier::Free, Some(&need(needs::FEATURE)));
static OLD_RECORD: Record = record("old/old", 3, Tier::Pro, Some(&OLD_PLANS));
static SOON_RECORD: Record = record(
    "soon/soon",
    4,
    Tier::Pro,
    Some(&NeedRecord {
        enforced: Tier::Free as u32,
        has_enforced: true,
        ..OLD_PLANS
    }),
);
static PUBLIC_RECORD: Record = Record {
    tiers: None,
    required: 3,
    ..record("public/publicwhy", 6, Tier::Free, None)
};

const OLD_PLANS: NeedRecord = NeedRecord {
    versions: &[VersionRecord {
        below: 3,
        rank: Tier::Plus as u32,
    }],
    ..need(needs::TIER)
};

enum Hidden {}

impl Handler for Hidden {
    type Of = Tier;
    type Parameters = ();
    const RECORD: Endpoint = PLUS;
}

/// Creates a record. `name` is the length of the name, which is followed by the path.
const fn record(
    text: &'static str,
    name: u16,
    required: Tier,
    need: Option<&'static NeedRecord>,
) -> Record {
    Record {
        text,
        tiers: Some(Tiers::of::<Hidden>()),
        need,
        line: 1,
        required: required as u32,
        name,
        path: name + 1,
        method: Method::Get.number(),
        ..Record::PLAIN
    }
}

const fn need(rule: u8) -> NeedRecord {
    NeedRecord {
        versions: &[],
        enforced: 0,
        has_enforced: false,
        feature: Feature::Radio as u8,
        rule,
    }
}
