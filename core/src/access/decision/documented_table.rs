//! Compares [`decide`] with a second implementation, which follows the table in the documentation of
//! [`Decision`](crate::Decision) word for word. The second implementation is slow on purpose: it shares
//! no code with `decide`, and evaluates every row of the table.

#![allow(clippy::option_option)]

use crate::access::caller::Standing;
use crate::access::decision::decide::{
    Applied, Facts, Identification, Reason, Rules, Verdict, decide,
};
use crate::endpoint::need::{Need, needs};
use crate::endpoint::record::{Features, NeedRecord, Record, Tiers, VersionRecord};
use proptest::prop_assert_eq;
use proptest::sample::select;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};
use std::any::TypeId;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

/// The number of cases that the test checks, unless `PROPTEST_CASES` is higher.
const USUAL_CASES: u32 = 10_000;

/// The ranks of tiers. `u32::MAX` is a rank like any other.
const RANKS: [u32; 5] = [0, 1, 3, 7, u32::MAX];

/// The positions of add-ons in the feature enum, including the first and the last possible position.
const FEATURES: [u8; 3] = [0, 1, 63];

/// Times of the decision: the Unix epoch and two ordinary times.
const TIMES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1_764_547_200),
    Duration::new(1_764_547_200, 999_999_999),
];

/// Nanoseconds from the time of the decision to the end of a subscription or an override. The number is
/// negative if the end is before the decision.
type End = i64;

const SECOND: End = 1_000_000_000;
const ENDS: [End; 7] = [-3600 * SECOND, -SECOND, -1, 0, 1, SECOND, 3600 * SECOND];

static TIERS: Tiers = Tiers {
    features: Features {
        keys: &[],
        names: &[],
    },
    names: &["A", "B", "C", "D", "E"],
    ranks: &RANKS,
    of: TypeId::of::<()>,
};

/// What an attribute requires, expressed with the attribute's options.
#[derive(Clone, Copy, Debug)]
struct Attribute {
    /// The tier, or `None` for `#[requires_feature(…)]`.
    tier: Option<u32>,
    feature: Option<(FeatureOption, u8)>,
    /// The pairs of `until_version(n, tier)`.
    versions: [Option<(u32, u32)>; 2],
    enforced: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum FeatureOption {
    Feature,
    OrFeature,
    RequiresFeature,
}

/// An attribute, and the need that a macro creates for it.
#[derive(Clone, Copy, Debug)]
struct Gated {
    attribute: Attribute,
    need: Need,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    SourceUnavailable,
    InvalidTier,
    NoLayer,
    Caller(Somebody),
}

#[derive(Clone, Copy, Debug)]
struct Somebody {
    standing: Standing,
    tier: Option<u32>,
    features: u64,
    until: Option<End>,
    then: Option<u32>,
    plan_version: Option<u32>,
}

/// Everything that a decision depends on.
#[derive(Clone, Copy, Debug)]
struct Situation {
    /// `None` if the caller's tier is from another enum.
    gated: Option<Gated>,
    who: Who,
    close: Option<Option<End>>,
    grant: Option<Option<End>>,
    require: Option<(u32, Option<End>)>,
    observe: Option<(u32, Option<End>)>,
    now: SystemTime,
}

// --- The table -----------------------------------------------------------------------------------

/// "An override is active before its end, and inactive from its end on."
fn is_active(end: Option<End>) -> bool {
    end.is_none_or(|end| end > 0)
}

/// A caller at the time of the decision.
struct Now {
    tier: Option<u32>,
    features: u64,
    /// "The subscription has ended".
    has_ended: bool,
}

impl Somebody {
    fn until_has_come(self) -> bool {
        self.until.is_some() && !is_active(self.until)
    }

    fn now(self) -> Now {
        if !self.until_has_come() {
            return Now {
                tier: self.tier,
                features: self.features,
                has_ended: false,
            };
        }
        let had_something = self.tier.is_some() || self.features > 0;
        Now {
            tier: self.then,
            features: 0,
            has_ended: self.then.is_none() && had_something,
        }
    }
}

impl Attribute {
    /// "The declared tier".
    fn declared(self, plan_version: Option<u32>) -> Option<u32> {
        for (below, tier) in self.versions.into_iter().flatten() {
            if let Some(version) = plan_version
                && below > version
            {
                return Some(tier);
            }
        }
        self.tier
    }

    fn has_option(self, option: FeatureOption) -> bool {
        self.feature.is_some_and(|(found, _)| found == option)
    }

    fn has_feature(self, features: u64) -> bool {
        let bit_of = |feature: u8| features >> feature & 1 == 1;
        self.feature.is_some_and(|(_, feature)| bit_of(feature))
    }
}

impl Situation {
    fn somebody(&self) -> Option<Somebody> {
        match self.who {
            Who::Caller(somebody) => Some(somebody),
            _ => None,
        }
    }

    fn declared(&self) -> Option<u32> {
        let attribute = self.gated?.attribute;
        attribute.declared(self.somebody().and_then(|somebody| somebody.plan_version))
    }

    fn active_require(&self) -> Option<u32> {
        let active = |(_, end): &(u32, Option<End>)| is_active(*end);
        self.require.filter(active).map(|(tier, _)| tier)
    }

    /// "The required tier".
    fn required(&self) -> Option<u32> {
        if let Some(tier) = self.active_require() {
            return Some(tier);
        }
        let declared = self.declared()?;
        let enforced = self.gated.and_then(|gated| gated.attribute.enforced);
        Some(enforced.map_or(declared, |enforced| enforced.min(declared)))
    }

    /// "The observed tier". The outer `None` means that no tier is observed.
    fn observed(&self) -> Option<Option<u32>> {
        let active = |(_, end): &(u32, Option<End>)| is_active(*end);
        if let Some((tier, _)) = self.observe.filter(active) {
            return Some(Some(tier));
        }
        let is_enforced_given = self.gated?.attribute.enforced.is_some();
        (is_enforced_given && self.active_require().is_none()).then(|| self.declared())
    }

    /// Returns the number and the result of the first row that applies.
    fn row(&self, required: Option<u32>) -> (u8, Result<(), Reason>) {
        let somebody = self.somebody();
        let standing = somebody.map(|somebody| somebody.standing);
        let is_anonymous = standing == Some(Standing::Anonymous);
        let caller = somebody.map_or(
            Now {
                tier: None,
                features: 0,
                has_ended: false,
            },
            Somebody::now,
        );
        let attribute = self.gated.map(|gated| gated.attribute);
        let has_option = |option| attribute.is_some_and(|found| found.has_option(option));
        let has_feature = attribute.is_some_and(|found| found.has_feature(caller.features));
        let requires_feature =
            has_option(FeatureOption::Feature) || has_option(FeatureOption::RequiresFeature);
        let without_tier = match (is_anonymous, caller.has_ended) {
            (true, _) => Reason::UnknownCaller,
            (false, true) => Reason::SubscriptionExpired,
            (false, false) => Reason::NoSubscription,
        };
        let tier_too_low = Reason::TierTooLow {
            required: if self.gated.is_some() { required } else { None },
            actual: caller.tier.unwrap_or_default(),
        };
        let closed = Reason::EndpointClosed {
            until: self.close.flatten().map(|end| self.time(end)),
        };
        let rows = [
            (2, self.close.is_some_and(is_active), Err(closed)),
            (
                3,
                matches!(self.who, Who::SourceUnavailable),
                Err(Reason::SourceUnavailable),
            ),
            (
                3,
                matches!(self.who, Who::InvalidTier),
                Err(Reason::UnreadableTier),
            ),
            (
                3,
                matches!(self.who, Who::NoLayer),
                Err(Reason::MissingLayer),
            ),
            (
                4,
                standing == Some(Standing::Unknown),
                Err(Reason::UnknownCaller),
            ),
            (
                5,
                self.gated.is_none() && caller.tier.is_none(),
                Err(without_tier),
            ),
            (5, self.gated.is_none(), Err(tier_too_low)),
            (
                6,
                !is_anonymous && self.grant.is_some_and(is_active),
                Ok(()),
            ),
            (
                7,
                has_option(FeatureOption::OrFeature) && has_feature,
                Ok(()),
            ),
            (
                8,
                required.is_some() && caller.tier.is_none(),
                Err(without_tier),
            ),
            (
                9,
                required.is_some() && caller.tier < required,
                Err(tier_too_low),
            ),
            (
                10,
                requires_feature && !has_feature && caller.has_ended,
                Err(without_tier),
            ),
            (
                10,
                requires_feature && !has_feature,
                Err(Reason::FeatureMissing),
            ),
            (11, true, Ok(())),
        ];
        let first = rows.into_iter().find(|(_, applies, _)| *applies);
        first.map_or((0, Ok(())), |(row, _, result)| (row, result))
    }

    fn documented(&self) -> Verdict {
        let (row, result) = self.row(self.required());
        let observed = self.observed().filter(|_| result.is_ok() && row != 6);
        Verdict {
            result,
            shadow: observed.and_then(|tier| self.row(tier).1.err()),
            applied: match row {
                2 => Applied::Close,
                6 => Applied::Grant,
                7.. if self.active_require().is_some() => Applied::Require,
                _ => Applied::Nothing,
            },
            has_ended: row >= 6 && self.somebody().is_some_and(Somebody::until_has_come),
        }
    }

    fn time(&self, end: End) -> SystemTime {
        let distance = Duration::from_nanos(end.unsigned_abs());
        if end < 0 {
            self.now - distance
        } else {
            self.now + distance
        }
    }

    fn decided(&self) -> Verdict {
        let time = |end: Option<End>| end.map(|end| self.time(end));
        let need = self.gated.map(|gated| gated.need);
        let identification = match self.who {
            Who::SourceUnavailable => Identification::SourceUnavailable,
            Who::InvalidTier => Identification::UnreadableTier,
            Who::NoLayer => Identification::MissingLayer,
            Who::Caller(somebody) => Identification::Caller(Facts {
                standing: somebody.standing,
                rank: somebody.tier,
                features: somebody.features,
                until: time(somebody.until),
                then_rank: somebody.then,
                plan_version: somebody.plan_version,
            }),
        };
        let rules = Rules {
            close: self.close.map(time),
            grant: self.grant.map(time),
            require: self.require.map(|(tier, end)| (tier, time(end))),
            observe: self.observe.map(|(tier, end)| (tier, time(end))),
        };
        decide(need.as_ref(), identification, rules, self.now)
    }
}

// --- All situations ------------------------------------------------------------------------------

/// Returns every attribute that the constants above allow.
fn all_gated() -> Vec<Gated> {
    let ranks = || RANKS.into_iter();
    let optional_ranks = || [None].into_iter().chain(ranks().map(Some));
    let mut versions = vec![[None; 2]];
    for first in ranks() {
        versions.push([Some((2, first)), None]);
        versions.extend(ranks().map(|second| [Some((2, first)), Some((3, second))]));
    }
    let mut features = vec![None];
    for option in [
        FeatureOption::Feature,
        FeatureOption::OrFeature,
        FeatureOption::RequiresFeature,
    ] {
        features.extend(FEATURES.map(|feature| Some((option, feature))));
    }
    let mut all = Vec::new();
    for versions in versions {
        for &feature in &features {
            for enforced in optional_ranks() {
                for tier in ranks() {
                    let is_feature_only =
                        feature.is_some_and(|(option, _)| option == FeatureOption::RequiresFeature);
                    all.push(Gated::of(Attribute {
                        tier: (!is_feature_only).then_some(tier),
                        feature,
                        versions,
                        enforced,
                    }));
                }
            }
        }
    }
    all
}

impl Gated {
    fn of(attribute: Attribute) -> Self {
        let versions = attribute.versions.into_iter().flatten();
        let versions: Vec<_> = versions
            .map(|(below, rank)| VersionRecord { below, rank })
            .collect();
        // Records must be `'static`. The test creates each record once and uses the records until the
        // test ends.
        let need: &'static NeedRecord = Box::leak(Box::new(NeedRecord {
            versions: Vec::leak(versions),
            enforced: attribute.enforced.unwrap_or_default(),
            has_enforced: attribute.enforced.is_some(),
            feature: attribute.feature.map_or(0, |(_, feature)| feature),
            rule: match attribute.feature {
                None => needs::TIER,
                Some((FeatureOption::Feature, _)) => needs::TIER_AND_FEATURE,
                Some((FeatureOption::OrFeature, _)) => needs::TIER_OR_FEATURE,
                Some((FeatureOption::RequiresFeature, _)) => needs::FEATURE,
            },
        }));
        let record = Record {
            tiers: Some(&TIERS),
            need: Some(need),
            required: attribute.tier.unwrap_or_default(),
            ..Record::PLAIN
        };
        Self {
            attribute,
            need: Need::of_record(&record, &TIERS),
        }
    }
}

// `prop_oneof!` and `option::of` create a random number generator for each value, which would take most
// of the test's time. The strategies below select from lists instead.

/// Returns one of the values. Values that occur several times in the list are more likely.
fn one_of<T: Copy + Debug + 'static>(values: impl Into<Vec<T>>) -> impl Strategy<Value = T> {
    select(values.into())
}

/// Returns one of the values. In the given percentage of cases, returns `None`.
fn optional<T: Copy + Debug + 'static>(
    values: impl Strategy<Value = T>,
    absent: u32,
) -> impl Strategy<Value = Option<T>> {
    (values, 0..100_u32).prop_map(move |(value, case)| (case >= absent).then_some(value))
}

fn ends() -> impl Strategy<Value = Option<End>> {
    optional(one_of(ENDS), 30)
}

fn whos() -> impl Strategy<Value = Who> {
    let standing = one_of([
        Standing::Known,
        Standing::Known,
        Standing::Known,
        Standing::Anonymous,
        Standing::Anonymous,
        Standing::Unknown,
    ]);
    let features = one_of([
        0,
        1 << FEATURES[0],
        1 << FEATURES[1],
        1 << FEATURES[2],
        3,
        !0,
    ]);
    let tier = || optional(one_of(RANKS), 30);
    let plan_version = optional(0..5_u32, 30);
    let somebody = (standing, tier(), features, ends(), tier(), plan_version);
    let somebody = somebody.prop_map(|(standing, tier, features, until, then, plan_version)| {
        Who::Caller(Somebody {
            standing,
            tier,
            features,
            until,
            then,
            plan_version,
        })
    });
    let nobody = one_of([Who::SourceUnavailable, Who::InvalidTier, Who::NoLayer]);
    (optional(nobody, 90), somebody).prop_map(|(nobody, somebody)| nobody.unwrap_or(somebody))
}

fn situations() -> impl Strategy<Value = Situation> {
    let tier = || (one_of(RANKS), ends());
    let overrides = (
        optional(ends(), 80),
        optional(ends(), 80),
        optional(tier(), 60),
        optional(tier(), 60),
    );
    let gated = optional(one_of(all_gated()), 5);
    let situation = (one_of(TIMES), gated, whos(), overrides);
    situation.prop_map(
        |(now, gated, who, (close, grant, require, observe))| Situation {
            gated,
            who,
            close,
            grant,
            require,
            observe,
            now: SystemTime::UNIX_EPOCH + now,
        },
    )
}

#[test]
fn the_function_and_the_documented_table_agree() {
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: 10_000,
        ..Config::default()
    };
    config.cases = config.cases.max(USUAL_CASES);
    let mut rows = [0_u32; 12];
    let count = std::cell::RefCell::new(&mut rows);
    let outcome = TestRunner::new(config).run(&situations(), |situation| {
        prop_assert_eq!(situation.decided(), situation.documented());
        count.borrow_mut()[usize::from(situation.row(situation.required()).0)] += 1;
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // Every row of the table is covered except the first, because `decide` isn't called for public
    // endpoints.
    for (row, cases) in rows.iter().enumerate().skip(2) {
        assert!(*cases > 0, "no case for row {row}");
    }
}
