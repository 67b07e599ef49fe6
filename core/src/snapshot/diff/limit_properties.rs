//! Property tests of the comparison of limits.

use crate::endpoint::limits::{Limit, Window};
use crate::snapshot::Snapshot;
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::change::Effect;
use crate::snapshot::diff::compared_limits::is_stricter;
use crate::snapshot::limit_rows::{LimitRow, LimitRows};
use crate::snapshot::need_row::RequiredTier;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::{prop_assert, prop_assert_eq, prop_assume, proptest};

const TIERS: [&str; 4] = ["Free", "Plus", "Pro", "One"];

/// The amounts of a tier by window. If there are no amounts, the tier is unlimited.
type Amounts = [Option<u32>; 5];

fn amounts() -> impl Strategy<Value = Amounts> {
    let amount = || option::weighted(0.3, 1..50_u32);
    (amount(), amount(), amount(), amount(), amount())
        .prop_map(|(second, minute, hour, day, month)| [second, minute, hour, day, month])
}

fn limits(amounts: &Amounts) -> Vec<Limit> {
    let windows = Window::ALL.into_iter().zip(amounts);
    let limit = |(window, amount): (Window, &Option<u32>)| Some(Limit::new((*amount)?, window));
    windows.filter_map(limit).collect()
}

/// The requirement of an endpoint, and the limits of each tier.
fn endpoint() -> impl Strategy<Value = (&'static str, Vec<Amounts>)> {
    let gates = select(vec![
        "Free a",
        "Plus a",
        "One a",
        "Pro a or_feature radio",
        "Pro a enforced Plus",
        "One a until_version 3 Pro",
        "- a feature radio",
    ]);
    (gates, vec(amounts(), TIERS.len()))
}

/// Creates a catalogue with an endpoint that has these limits, and with the same limits as its quota.
fn snapshot(gate: &str, of_tiers: &[Amounts]) -> Snapshot {
    let lock = format!(
        "version 2\ntier 0 Free\ntier 1 Plus\ntier 2 Pro\ntier 6 One\nfeature radio Radio\ngate /a GET {gate}\n"
    );
    let mut snapshot = Snapshot::from_lock(&lock).expect("a lock file");
    let rows = snapshot.tiers.iter().zip(of_tiers).map(|(tier, amounts)| {
        let limits = limits(amounts);
        LimitRow::new(RequiredTier::from(tier), limits)
    });
    let rows: Vec<LimitRow> = rows.collect();
    let of_all = RequiredTier::from(&snapshot.tiers[0]);
    let need = snapshot.endpoints[0].need_row().expect("a requirement");
    let lowest = need.lowest_enforced_tier().unwrap_or(&of_all).clone();
    snapshot.endpoints[0].limits = LimitRows::new(rows.clone(), &lowest);
    snapshot.quota = LimitRows::new(rows, &of_all);
    snapshot
}

const UNLIMITED: [Amounts; 4] = [[None; 5]; 4];

/// Returns whether calls at these times pass the limits. Each limit counts in windows that start with the
/// first call.
fn passes(limits: &[Limit], windows: &mut [(u64, u32)], now: u64) -> bool {
    for (limit, (start, used)) in limits.iter().zip(windows.iter_mut()) {
        if now >= *start + limit.window().as_secs() {
            (*start, *used) = (now, 0);
        }
    }
    let mut used = limits.iter().zip(windows.iter());
    let is_allowed = used.all(|(limit, (_, used))| *used < limit.amount());
    if is_allowed {
        for (_, used) in windows {
            *used += 1;
        }
    }
    is_allowed
}

proptest! {
    #[test]
    fn equal_limits_are_no_change((gate, of_tiers) in endpoint()) {
        let diff = Diff::between(&snapshot(gate, &of_tiers), &snapshot(gate, &of_tiers));
        prop_assert!(diff.is_empty(), "{diff}");
    }

    #[test]
    fn limits_that_are_added_break_and_limits_that_are_removed_do_not((gate, of_tiers) in endpoint()) {
        let (without, with) = (snapshot(gate, &UNLIMITED), snapshot(gate, &of_tiers));
        prop_assume!(without != with);
        let added = Diff::between(&without, &with);
        prop_assert!(added.has(Effect::Breaks) && !added.has(Effect::GivesAway), "{added}");
        let removed = Diff::between(&with, &without);
        prop_assert!(!removed.has(Effect::Breaks) && removed.has(Effect::GivesAway), "{removed}");
    }

    #[test]
    fn a_raise_never_breaks(
        (gate, of_tiers) in endpoint(),
        raises in vec(vec(option::of(0..100_u32), 5), TIERS.len()),
    ) {
        let raised = of_tiers.iter().zip(raises).map(|(amounts, raises)| {
            let mut raised = *amounts;
            for (amount, raise) in raised.iter_mut().zip(raises) {
                // Without a raise, the limit is removed.
                *amount = amount.and_then(|amount| Some(amount + raise?));
            }
            raised
        });
        let raised: Vec<Amounts> = raised.collect();
        let diff = Diff::between(&snapshot(gate, &of_tiers), &snapshot(gate, &raised));
        prop_assert!(!diff.has(Effect::Breaks), "{diff}");
    }

    #[test]
    fn the_reverse_change_has_the_reverse_effect(
        (gate, old) in endpoint(),
        new in vec(amounts(), TIERS.len()),
    ) {
        let (old, new) = (snapshot(gate, &old), snapshot(gate, &new));
        let (diff, reverse) = (Diff::between(&old, &new), Diff::between(&new, &old));
        prop_assert_eq!(diff.has(Effect::Breaks), reverse.has(Effect::GivesAway), "{}", diff);
        prop_assert_eq!(diff.has(Effect::GivesAway), reverse.has(Effect::Breaks), "{}", diff);
        prop_assert_eq!(diff.is_empty(), old == new, "{}", diff);
    }

    /// Calls that passed the old limits pass new limits that aren't stricter.
    #[test]
    fn limits_that_are_not_stricter_refuse_nothing_new(
        old in amounts(),
        new in amounts(),
        factor in 1..100_u32,
        pauses in vec((select(vec![0, 1, 30, 59, 60, 3_600, 50_000, 86_400]), any::<u8>()), 1..60),
    ) {
        let old = limits(&old);
        let new: Vec<Limit> = limits(&new)
            .iter()
            .map(|limit| Limit::new(limit.amount() * factor, limit.unit_window()))
            .collect();
        prop_assume!(!is_stricter(&old, &new));
        let (mut of_old, mut of_new) = (vec![(0, 0); old.len()], vec![(0, 0); new.len()]);
        let mut now = 10_000_000;
        for (pause, attempts) in pauses {
            now += pause;
            for _ in 0..attempts {
                if passes(&old, &mut of_old, now) {
                    prop_assert!(passes(&new, &mut of_new, now), "{old:?} {new:?}");
                }
            }
        }
    }
}
