//! Checks that random snapshots stay the same when they are written and read back.

use crate::endpoint::limits::{Limit, Window};
use crate::endpoint::need::FeatureRule;
use crate::snapshot::Snapshot;
use crate::snapshot::diff::Diff;
use crate::snapshot::limit_rows::{LimitRow, LimitRows};
use crate::snapshot::need_row::{FeatureRow, NeedRow, RequiredTier, VersionRow};
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};

/// Texts that could be mistaken for other parts of a document.
const TEXTS: [&str; 22] = [
    "Free",
    "",
    "-",
    "a b",
    "alias",
    "feature",
    "or_feature",
    "until_version",
    "enforced",
    "# comment",
    "\"quoted\" \\",
    "line\nbreak\u{2028}\u{202e}",
    "</script>",
    "=1+1",
    "é 漢字",
    "3",
    "limit",
    "from",
    "cost",
    "unlimited",
    "60/minute; 5/day",
    "event",
];

/// A sequence of pseudorandom numbers (`SplitMix64`). Each run produces the same numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).unwrap_or_default()
    }

    fn text(&mut self) -> String {
        TEXTS[self.below(TEXTS.len())].to_owned()
    }

    fn texts(&mut self, limit: usize) -> Vec<String> {
        (0..self.below(limit)).map(|_| self.text()).collect()
    }
}

fn snapshot(random: &mut Random) -> Snapshot {
    let tiers: Vec<TierRow> = (0..=random.below(5))
        .map(|index| TierRow {
            name: format!("{}{index}", random.text()),
            rank: u32::try_from(index * 3).unwrap_or_default(),
            aliases: Some(random.texts(3)),
        })
        .collect();
    let features: Vec<FeatureRow> = (0..random.below(4))
        .map(|index| FeatureRow {
            key: format!("{}{index}", random.text()),
            name: random.text(),
        })
        .collect();
    let endpoints = (0..random.below(8)).map(|index| {
        let route = (random.below(4) > 0).then(|| {
            let method = ["GET", "POST", "ANY"][random.below(3)];
            (method.to_owned(), format!("/{index}/{}", random.text()))
        });
        let access = access(random, &tiers, &features);
        EndpointRow {
            name: format!("{}{index}", random.text()),
            is_event: false,
            limits: limits_of(random, &access, &tiers),
            cost: match access {
                AccessRow::Gated(_) => [1, 0, 20][random.below(3)],
                AccessRow::Public { .. } => 1,
            },
            access,
            // Lock files omit all summaries, and the modules of endpoints with a route.
            summary: String::new(),
            module: match route {
                Some(_) => String::new(),
                None => random.text(),
            },
            route,
            is_deprecated: false,
        }
    });
    let mut endpoints: Vec<EndpointRow> = endpoints.collect();
    let quota = limits(random, &tiers, &RequiredTier::from(&tiers[0]));
    // Lock files list endpoints in this order.
    endpoints.sort_by_key(|row| row.name.clone());
    let mut events: Vec<EndpointRow> = (0..random.below(5))
        .map(|index| event(random, index, &tiers, &features))
        .collect();
    events.sort_by_key(|row| row.name.clone());
    Snapshot {
        tiers,
        features,
        quota,
        endpoints,
        events,
    }
}

fn event(
    random: &mut Random,
    index: usize,
    tiers: &[TierRow],
    features: &[FeatureRow],
) -> EndpointRow {
    EndpointRow {
        name: format!("{}{index}", random.text()),
        is_event: true,
        route: None,
        access: AccessRow::Gated(need(random, tiers, features)),
        limits: LimitRows::default(),
        cost: 1,
        // Lock files omit the summaries and the modules of events.
        summary: String::new(),
        module: String::new(),
        is_deprecated: false,
    }
}

/// Returns the limits of an endpoint, or no limits.
fn limits_of(random: &mut Random, access: &AccessRow, tiers: &[TierRow]) -> LimitRows {
    match access {
        AccessRow::Gated(need) => {
            let lowest = RequiredTier::from(&tiers[0]);
            limits(
                random,
                tiers,
                need.lowest_enforced_tier().unwrap_or(&lowest),
            )
        }
        AccessRow::Public { .. } => LimitRows::default(),
    }
}

/// Returns no limits, or limits from some tiers upwards.
fn limits(random: &mut Random, tiers: &[TierRow], lowest: &RequiredTier) -> LimitRows {
    if random.below(3) == 0 {
        return LimitRows::default();
    }
    let mut rows = Vec::new();
    for tier in tiers {
        if random.below(2) > 0 {
            continue;
        }
        let windows = Window::ALL.into_iter().filter(|_| random.below(3) == 0);
        let windows: Vec<Window> = windows.collect();
        let amount = [1, 2, 1_000_000_000][random.below(3)];
        let limits = windows.into_iter().map(|window| Limit::new(amount, window));
        rows.push(LimitRow::new(RequiredTier::from(tier), limits.collect()));
    }
    LimitRows::new(rows, lowest)
}

fn access(random: &mut Random, tiers: &[TierRow], features: &[FeatureRow]) -> AccessRow {
    if random.below(6) == 0 {
        let reason = random.text();
        return AccessRow::Public { reason };
    }
    AccessRow::Gated(need(random, tiers, features))
}

fn need(random: &mut Random, tiers: &[TierRow], features: &[FeatureRow]) -> NeedRow {
    let rule = match random.below(4) {
        1 if !features.is_empty() => FeatureRule::AndTier,
        2 if !features.is_empty() => FeatureRule::OrTier,
        3 if !features.is_empty() => FeatureRule::FeatureOnly,
        _ => FeatureRule::NoFeature,
    };
    let feature =
        (rule != FeatureRule::NoFeature).then(|| features[random.below(features.len())].clone());
    let required = random.below(tiers.len());
    let up_to = |random: &mut Random, index: usize| {
        let tier = &tiers[random.below(index + 1)];
        RequiredTier {
            name: tier.name.clone(),
            rank: tier.rank,
        }
    };
    let mut need = NeedRow {
        tier: None,
        feature,
        rule,
        versions: Vec::new(),
        enforced: None,
    };
    if rule != FeatureRule::FeatureOnly {
        need.tier = Some(RequiredTier {
            name: tiers[required].name.clone(),
            rank: tiers[required].rank,
        });
        for below in 1..=u32::try_from(random.below(4)).unwrap_or_default() {
            let tier = up_to(random, required);
            need.versions.push(VersionRow { below, tier });
        }
        if random.below(3) == 0 {
            need.enforced = Some(up_to(random, required));
        }
    }
    need
}

fn snapshots() -> impl Iterator<Item = Snapshot> {
    (0..2_000).map(|seed| snapshot(&mut Random(seed)))
}

#[test]
fn locks_survive_a_round_trip() {
    for snapshot in snapshots() {
        let lock = snapshot.to_lock();
        let mut read = Snapshot::from_lock(&lock).unwrap_or_else(|error| panic!("{error}\n{lock}"));
        assert_eq!(read.to_lock(), lock);
        let names = [&snapshot, &read].map(|snapshot| snapshot.endpoints.len());
        read.endpoints.sort_by_key(|row| row.name.clone());
        read.events.sort_by_key(|row| row.name.clone());
        if names[0] == names[1] {
            assert_eq!(read, snapshot, "{lock}");
        }
    }
}

#[cfg(feature = "json")]
#[test]
fn json_documents_survive_a_round_trip() {
    for snapshot in snapshots() {
        let json = snapshot.to_json();
        assert_eq!(Snapshot::from_json(&json), Ok(snapshot), "{json}");
    }
}

/// A lock file must not miss a change. Two snapshots without differences therefore have the same lock
/// file, except for what a comparison ignores on purpose.
#[test]
fn only_equal_snapshots_have_no_differences() {
    for seed in 0..2_000 {
        let (old, new) = (snapshot(&mut Random(seed)), snapshot(&mut Random(seed)));
        assert!(Diff::between(&old, &new).is_empty());
        let mut changed = new;
        let mut random = Random(seed ^ u64::MAX);
        let Some(row) = changed.endpoints.first_mut() else {
            continue;
        };
        let before = row.clone();
        if random.below(2) == 0 {
            row.access = access(&mut random, &changed.tiers, &changed.features);
        }
        row.limits = limits_of(&mut random, &row.access, &changed.tiers);
        if !row.is_public() && random.below(2) == 0 {
            row.cost = 7;
        }
        let is_changed = before != *row;
        let diff = Diff::between(&old, &changed);
        assert_eq!(
            diff.is_empty(),
            !is_changed,
            "{diff}\n{before:?}\n{:?}",
            changed.endpoints[0]
        );
    }
}

/// Each change of an event is reported, with the same effect as for an endpoint.
#[test]
fn events_are_compared_like_endpoints() {
    for seed in 0..2_000 {
        let mut random = Random(seed);
        let mut old = snapshot(&mut random);
        old.endpoints.clear();
        old.events.truncate(1);
        let Some(row) = old.events.first_mut() else {
            continue;
        };
        let mut new = Snapshot {
            events: vec![row.clone()],
            ..old.clone()
        };
        new.events[0].access = AccessRow::Gated(need(&mut random, &old.tiers, &old.features));
        let diff = Diff::between(&old, &new);
        assert_eq!(diff.is_empty(), old == new, "{diff}");
        let as_endpoints = |snapshot: &Snapshot| {
            let mut snapshot = snapshot.clone();
            snapshot.endpoints = std::mem::take(&mut snapshot.events);
            snapshot.endpoints[0].is_event = false;
            snapshot
        };
        let of_endpoints = Diff::between(&as_endpoints(&old), &as_endpoints(&new));
        let effects = |diff: &Diff| {
            let changes = diff.changes().iter();
            changes
                .map(|change| (change.word(), change.effect()))
                .collect::<Vec<_>>()
        };
        assert_eq!(effects(&diff), effects(&of_endpoints));
        assert!(diff.to_string().lines().all(|line| line.contains("event ")) || diff.is_empty());
    }
}
