//! Differences between two catalogues, including changes of tiers, and the release notes for customers.

use tiergate::{Change, Diff, Effect, Snapshot};

fn snapshot(tiers: &[(u32, &str)], lines: &[&str]) -> Snapshot {
    let tiers: Vec<String> = tiers
        .iter()
        .map(|(rank, name)| format!("tier {rank} {name}\n"))
        .collect();
    let text = format!("version 1\n{}{}\n", tiers.concat(), lines.join("\n"));
    Snapshot::from_lock(&text).unwrap()
}

const OLD: [(u32, &str); 3] = [(0, "Free"), (1, "Plus"), (2, "Pro")];

fn changes(new_tiers: &[(u32, &str)], old: &[&str], new: &[&str]) -> Vec<String> {
    let diff = Diff::between(&snapshot(&OLD, old), &snapshot(new_tiers, new));
    diff.changes().iter().map(ToString::to_string).collect()
}

#[test]
fn tiers_are_matched_by_name_and_then_by_rank() {
    let (old, new) = (["gate /a GET Plus a"], ["gate /a GET Plus a"]);
    // A tier added in the middle changes the ranks above it, but not the tier of the endpoint.
    assert_eq!(
        changes(
            &[(0, "Free"), (1, "Mid"), (2, "Plus"), (3, "Pro")],
            &old,
            &new
        ),
        [
            "ranked   tier Plus: rank 1 -> 2",
            "ranked   tier Pro: rank 2 -> 3",
            "reused   rank 1: was Plus, now Mid; stored tiers with this rank are read as Mid",
            "reused   rank 2: was Pro, now Plus; stored tiers with this rank are read as Plus",
            "added    tier Mid (rank 1)",
        ]
    );
    assert_eq!(
        changes(
            &[(0, "Free"), (1, "Gold"), (2, "Pro")],
            &old,
            &["gate /a GET Gold a"]
        ),
        ["renamed  tier Plus -> Gold"]
    );
    // The tier was removed, so its customers lose access.
    assert_eq!(
        changes(&[(0, "Free"), (2, "Pro")], &old, &["gate /a GET Pro a"]),
        [
            "removed  tier Plus (rank 1)",
            "raised   GET /a (a): Plus -> Pro",
        ]
    );
    assert_eq!(
        changes(&[(0, "Free"), (2, "Pro")], &old, &["gate /a GET Free a"]),
        [
            "removed  tier Plus (rank 1)",
            "lowered  GET /a (a): Plus -> Free; Free can now call it",
        ]
    );
    // The endpoint now requires a new tier.
    assert_eq!(
        changes(
            &[(0, "Free"), (1, "Plus"), (2, "Pro"), (3, "Max")],
            &old,
            &["gate /a GET Max a"]
        ),
        [
            "raised   GET /a (a): Plus -> Max; Plus, Pro can no longer call it",
            "added    tier Max (rank 3)",
        ]
    );
}

/// Plus and Pro in exchanged order.
const SWAPPED: [(u32, &str); 3] = [(0, "Free"), (1, "Pro"), (2, "Plus")];

#[test]
fn swapping_tiers_changes_access() {
    let ranked = [
        "ranked   tier Plus: rank 1 -> 2",
        "ranked   tier Pro: rank 2 -> 1",
        "reused   rank 1: was Plus, now Pro; stored tiers with this rank are read as Pro",
        "reused   rank 2: was Pro, now Plus; stored tiers with this rank are read as Plus",
    ];
    let same = [
        "gate /a GET Plus a",
        "gate /b GET Pro b",
        "gate /c GET Free c",
    ];
    assert_eq!(
        changes(&SWAPPED, &same, &same),
        [
            ranked[0],
            ranked[1],
            ranked[2],
            "raised   GET /a (a): Plus; Pro can no longer call it",
            ranked[3],
            "lowered  GET /b (b): Pro; Plus can now call it",
        ]
    );
    // The same customers can call the endpoint as before.
    assert_eq!(
        changes(&SWAPPED, &["gate /a GET Plus a"], &["gate /a GET Pro a"]),
        ranked
    );
    // Some customers lose access and others gain it. The diff lists both.
    let three = [(0, "Pro"), (1, "Plus"), (2, "Free")];
    assert_eq!(
        changes(&three, &["gate /a GET Plus a"], &["gate /a GET Plus a"]),
        [
            "ranked   tier Free: rank 0 -> 2",
            "ranked   tier Pro: rank 2 -> 0",
            "reused   rank 0: was Free, now Pro; stored tiers with this rank are read as Pro",
            "raised   GET /a (a): Plus; Pro can no longer call it",
            "reused   rank 2: was Pro, now Free; stored tiers with this rank are read as Free",
            "lowered  GET /a (a): Plus; Free can now call it",
        ]
    );
    let notes = Diff::between(&snapshot(&OLD, &same), &snapshot(&SWAPPED, &same)).release_notes();
    assert!(
        notes.contains("- GET `/a`: Plus; Pro can no longer call it\n")
            && notes.contains("- GET `/b`: Pro; Plus can now call it\n"),
        "{notes}"
    );
}

#[test]
fn an_endpoint_with_one_old_and_one_new_route_has_moved() {
    let moved = changes(
        &OLD,
        &[
            "gate /a GET Plus a",
            "gate /b GET Plus b",
            "gate /c GET Plus same",
            "gate /d GET Plus same",
        ],
        &[
            "gate /z GET Pro a",
            "gate /b GET Plus b",
            "gate /y GET Plus same",
        ],
    );
    assert_eq!(
        moved,
        [
            "removed  GET /c (same): was Plus",
            "removed  GET /d (same): was Plus",
            "raised   GET /z (a): Plus -> Pro; Plus can no longer call it",
            "moved    GET /a -> GET /z (a)",
            "added    GET /y (same): Plus",
        ]
    );
}

fn of_module(module: &str, path: &str, tier: (u32, &str)) -> String {
    let (rank, tier) = tier;
    format!(
        r#"{{"name": "list", "method": "GET", "path": "{path}", "required_tier": "{tier}",
            "required_rank": {rank}, "summary": "", "module": "{module}", "file": "", "line": 1}}"#
    )
}

#[test]
fn a_common_name_is_matched_by_its_module() {
    let document = |endpoints: [String; 3]| {
        let text = format!(
            r#"{{"version": 1, "endpoints": [{}], "tiers": [{{"name": "Free", "rank": 0}},
                {{"name": "Plus", "rank": 1}}]}}"#,
            endpoints.join(", ")
        );
        Snapshot::from_json(&text).unwrap()
    };
    let (free, plus) = ((0, "Free"), (1, "Plus"));
    let old = document([
        of_module("app::users", "/v1/users", free),
        of_module("app::units", "/v1/units", free),
        of_module("app::calls", "/v1/calls", free),
    ]);
    let new = document([
        of_module("app::users", "/v2/users", plus),
        of_module("app::units", "/v2/units", free),
        // The remaining handler of this name, in another module.
        of_module("app::dispatch::calls", "/v2/calls", free),
    ]);
    let changes = |old: &Snapshot, new: &Snapshot| -> Vec<String> {
        let diff = Diff::between(old, new);
        diff.changes().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        changes(&old, &new),
        [
            "raised   GET /v2/users (list): Free -> Plus; Free can no longer call it",
            "moved    GET /v1/calls -> GET /v2/calls (list)",
            "moved    GET /v1/units -> GET /v2/units (list)",
            "moved    GET /v1/users -> GET /v2/users (list)",
        ]
    );
    // A lock file has no modules for endpoints with a route, so handlers of the same name can't be
    // matched.
    let locked = Snapshot::from_lock(&old.to_lock()).unwrap();
    let words: Vec<&str> = Diff::between(&locked, &new)
        .changes()
        .iter()
        .map(Change::word)
        .collect();
    assert_eq!(
        words,
        ["removed", "removed", "removed", "added", "added", "added"]
    );
}

#[test]
fn endpoints_that_swap_routes_are_renamed() {
    let old = ["gate /a GET Free one", "gate /b GET Pro other"];
    let new = ["gate /a GET Free other", "gate /b GET Pro one"];
    assert_eq!(
        changes(&OLD, &old, &new),
        [
            "renamed  GET /a (other): was one",
            "renamed  GET /b (one): was other"
        ]
    );
}

#[test]
fn changes_have_the_right_effect() {
    let old = snapshot(&OLD, &["gate /a GET Plus a", "gate /b/{x} GET Plus b"]);
    let effect = |lines: &[&str]| {
        let diff = Diff::between(&old, &snapshot(&OLD, lines));
        assert_eq!(diff.changes().len(), 1, "{diff}");
        diff.changes()[0].effect()
    };
    let b = "gate /b/{x} GET Plus b";
    assert_eq!(effect(&["gate /a GET Pro a", b]), Effect::Breaks);
    assert_eq!(effect(&["gate /new GET Plus a", b]), Effect::Breaks);
    assert_eq!(effect(&[b]), Effect::Breaks);
    assert_eq!(effect(&["gate /a GET Free a", b]), Effect::GivesAway);
    assert_eq!(effect(&["open /a GET a why", b]), Effect::GivesAway);
    assert_eq!(effect(&["gate /a GET Plus other", b]), Effect::Neutral);
    assert_eq!(
        effect(&["gate /a GET Plus a", "gate /b/{y} GET Plus b"]),
        Effect::Neutral
    );
    assert!(Diff::between(&old, &old).is_empty());
    assert_eq!(Diff::between(&old, &old).to_string(), "no changes");
}

#[test]
fn documentation_and_source_locations_are_not_compared() {
    let json = |summary: &str| {
        format!(
            r#"{{"version": 1, "tiers": [{{"name": "Free", "rank": 0}}], "endpoints": [{{
                "name": "a", "method": "GET", "path": "/a", "required_tier": "Free",
                "required_rank": 0, "public_reason": null, "summary": "{summary}",
                "module": "{summary}", "file": "{summary}", "line": {}}}]}}"#,
            summary.len()
        )
    };
    let (old, new) = (
        Snapshot::from_json(&json("x")),
        Snapshot::from_json(&json("yy")),
    );
    assert!(Diff::between(&old.unwrap(), &new.unwrap()).is_empty());
}

#[test]
fn release_notes_have_a_section_for_each_kind() {
    let old = snapshot(
        &[(0, "Free"), (1, "Plus"), (2, "Pro"), (5, "Gone")],
        &[
            "gate /raised GET Free raised",
            "gate /lowered GET Pro lowered",
            "gate /removed GET Plus removed",
            "gate /here POST Plus moved",
            "gate /named GET Plus old_name",
            "open /open GET open \"no <b> account\"",
        ],
    );
    let new = snapshot(
        &[(0, "Free"), (1, "Gold"), (3, "Pro"), (9, "New")],
        &[
            "gate /raised GET Gold raised",
            "gate /lowered GET Free lowered",
            "gate /there POST Gold moved",
            "gate /named GET Gold new_name",
            "open /open GET open \"no | account\"",
            "gate /added/{x} PUT Pro added",
        ],
    );
    let diff = Diff::between(&old, &new);
    assert_eq!(
        diff.release_notes(),
        "\
### Removed endpoints

- GET `/removed`

### Now require a higher tier

- GET `/raised`: Gold, was Free

### Moved endpoints

- POST `/there`, was POST `/here`

### Now available in a lower tier

- GET `/lowered`: Free, was Pro

### New endpoints

- PUT `/added/{x}`: Pro

### Public endpoints

- GET `/open`: public (no \\| account)

### Tiers

- Gone is no longer available
- Plus is now called Gold
- New is new
"
    );
    assert!(diff.has(Effect::Breaks) && diff.has(Effect::GivesAway));
    assert!(
        diff.changes()
            .iter()
            .any(|change| matches!(change, Change::TierRemoved(_)))
    );
    assert_eq!(Diff::between(&new, &new).release_notes(), "No changes.\n");
}

/// Reads a lock file of version 2 with the tiers Free, Plus and Pro, and the add-ons Radio and Camera.
fn version_2(lines: &[&str]) -> Snapshot {
    let declared = "version 2\ntier 0 Free\ntier 1 Plus\ntier 2 Pro\nfeature radio Radio\nfeature camera Camera\n";
    Snapshot::from_lock(&format!("{declared}{}\n", lines.join("\n"))).unwrap()
}

/// Compares two requirements of one endpoint, such as `Plus a feature radio`. Returns the words and
/// effects of the changes, and the diff.
fn requirement_changes(old: &str, new: &str) -> (Vec<(&'static str, Effect)>, String) {
    let snapshot = |requirement: &str| version_2(&[&format!("gate /a GET {requirement}")]);
    let diff = Diff::between(&snapshot(old), &snapshot(new));
    let changes = diff.changes().iter();
    let words = changes.map(|change| (change.word(), change.effect()));
    (words.collect(), diff.to_string())
}

#[test]
fn changed_add_ons_state_who_is_affected() {
    let raised = ("raised", Effect::Breaks);
    let lowered = ("lowered", Effect::GivesAway);
    for (old, new, words, text) in [
        (
            "Plus a",
            "Plus a feature radio",
            vec![raised],
            "raised   GET /a (a): Plus -> Plus + Radio; Plus without Radio, Pro without Radio can no longer call it",
        ),
        (
            "Free a",
            "Free a feature radio",
            vec![raised],
            "raised   GET /a (a): Free -> Free + Radio; every tier without Radio can no longer call it",
        ),
        (
            "Plus a feature radio",
            "Plus a",
            vec![lowered],
            "lowered  GET /a (a): Plus + Radio -> Plus; Plus without Radio, Pro without Radio can now call it",
        ),
        (
            "Pro a",
            "Pro a or_feature radio",
            vec![lowered],
            "lowered  GET /a (a): Pro -> Pro or Radio; Free with Radio, Plus with Radio, callers without a subscription with Radio can now call it",
        ),
        (
            "Pro a or_feature radio",
            "Pro a",
            vec![raised],
            "raised   GET /a (a): Pro or Radio -> Pro; Free with Radio, Plus with Radio, callers without a subscription with Radio can no longer call it",
        ),
        (
            "Pro a feature radio",
            "Pro a or_feature radio",
            vec![lowered],
            "lowered  GET /a (a): Pro + Radio -> Pro or Radio; Free with Radio, Plus with Radio, Pro without Radio, callers without a subscription with Radio can now call it",
        ),
        (
            "Pro a or_feature radio",
            "Pro a feature radio",
            vec![raised],
            "raised   GET /a (a): Pro or Radio -> Pro + Radio; Free with Radio, Plus with Radio, Pro without Radio, callers without a subscription with Radio can no longer call it",
        ),
        (
            "- a feature radio",
            "- a feature camera",
            vec![raised, lowered],
            "raised   GET /a (a): Radio -> Camera; callers with Radio and without Camera can no longer call it\nlowered  GET /a (a): Radio -> Camera; callers without Radio and with Camera can now call it",
        ),
        (
            "Free a",
            "- a feature radio",
            vec![raised, lowered],
            "raised   GET /a (a): Free -> Radio; every tier without Radio can no longer call it\nlowered  GET /a (a): Free -> Radio; callers without a subscription with Radio can now call it",
        ),
    ] {
        let (found, diff) = requirement_changes(old, new);
        assert_eq!(diff, text);
        assert_eq!(found, words, "{text}");
    }
    let public = version_2(&["open /a GET a why"]);
    let gated = version_2(&["gate /a GET - a feature radio"]);
    assert_eq!(
        Diff::between(&public, &gated).to_string(),
        "raised   GET /a (a): public (\"why\") -> Radio; callers without Radio can no longer call it"
    );
}

#[test]
fn only_new_customers_can_lose_access() {
    let grandfathered = [("grandfathered", Effect::Neutral)];
    let (words, text) = requirement_changes("Plus a", "Pro a until_version 3 Plus");
    assert_eq!(
        text,
        "grandfathered GET /a (a): Plus -> Pro (Plus with a plan version below 3); Plus with a plan version from 3 on or none can no longer call it"
    );
    assert_eq!(words, grandfathered);
    // The customers of version 3 exist when version 4 starts.
    let old = "Plus a until_version 3 Free";
    let (words, _) = requirement_changes(old, "Pro a until_version 3 Free until_version 4 Plus");
    assert_eq!(words, grandfathered);
    for new in [
        "Pro a until_version 3 Free",
        "Plus a until_version 2 Free",
        "Plus a",
        "Pro a until_version 2 Free until_version 4 Plus",
    ] {
        let (words, text) = requirement_changes(old, new);
        assert_eq!(words, [("raised", Effect::Breaks)], "{text}");
    }
    let (words, text) = requirement_changes(old, "Plus a");
    assert_eq!(words, [("raised", Effect::Breaks)]);
    assert!(
        text.ends_with("; Free with a plan version below 3 can no longer call it"),
        "{text}"
    );
    // Another endpoint shows that customers have version 3.
    let other = "gate /b GET Pro b until_version 3 Plus";
    let (old, new) = (
        ["gate /a GET Plus a", other],
        ["gate /a GET Pro a until_version 3 Plus", other],
    );
    let diff = Diff::between(&version_2(&old), &version_2(&new));
    assert_eq!(diff.changes()[0].word(), "raised");
    assert!(diff.has(Effect::Breaks), "{diff}");
}

#[test]
fn observed_tiers_break_nobody_until_they_are_enforced() {
    let (words, text) = requirement_changes("Free a", "Plus a enforced Free");
    assert_eq!(words, [("observed", Effect::Neutral)]);
    assert_eq!(
        text,
        "observed GET /a (a): Free -> Plus (only Free is enforced for now); Free would be refused"
    );
    let (words, text) = requirement_changes("Plus a enforced Free", "Plus a");
    assert_eq!(words, [("enforced", Effect::Breaks)]);
    assert_eq!(
        text,
        "enforced GET /a (a): Plus (only Free is enforced for now) -> Plus; Free can no longer call it"
    );
    let (words, _) = requirement_changes("Pro a enforced Free", "Pro a enforced Plus");
    assert_eq!(words, [("enforced", Effect::Breaks)]);
    let (words, _) = requirement_changes("Pro a enforced Free", "Plus a enforced Free");
    assert_eq!(words, [("observed", Effect::Neutral)]);
    let (words, _) = requirement_changes("Plus a", "Plus a enforced Free");
    assert_eq!(words, [("lowered", Effect::GivesAway)]);
    let (words, _) = requirement_changes("Free a", "Pro a enforced Plus");
    assert_eq!(words, [("raised", Effect::Breaks)]);
    let (words, _) = requirement_changes("Plus a", "Plus a enforced Plus");
    assert_eq!(words, [("observed", Effect::Neutral)]);
}

/// Compares two lists of tiers and add-ons.
fn declaration_changes(old: &str, new: &str) -> (Vec<Effect>, String) {
    let read = |text: &str| Snapshot::from_lock(&format!("version 2\n{text}\n")).unwrap();
    let diff = Diff::between(&read(old), &read(new));
    let effects = diff.changes().iter().map(Change::effect);
    (effects.collect(), diff.to_string())
}

#[test]
fn a_renamed_tier_needs_an_alias() {
    let (effects, text) = declaration_changes("tier 1 Plus", "tier 1 Team");
    assert_eq!(effects, [Effect::Breaks]);
    assert_eq!(
        text,
        "renamed  tier Plus -> Team; stored tiers named Plus can no longer be read, so add an alias"
    );
    let (effects, text) = declaration_changes("tier 1 Plus", "tier 1 Team alias plus");
    assert_eq!(effects, [Effect::Neutral]);
    assert_eq!(text, "renamed  tier Plus -> Team");
    // The alias also identifies a tier whose rank has changed.
    let (_, text) = declaration_changes("tier 1 Plus", "tier 2 Team alias Plus");
    assert_eq!(
        text,
        "ranked   tier Team: rank 1 -> 2\nrenamed  tier Plus -> Team"
    );
    let (effects, text) = declaration_changes("tier 1 Plus alias P", "tier 1 Plus alias Q");
    assert_eq!(effects, [Effect::Breaks]);
    assert_eq!(
        text,
        "aliased  tier Plus: now also read from Q; no longer read from P"
    );
    let (effects, text) = declaration_changes("tier 1 Plus", "tier 1 Plus alias Q");
    assert_eq!(effects, [Effect::Neutral]);
    assert_eq!(text, "aliased  tier Plus: now also read from Q");
    // Files of version 1 don't contain aliases.
    let old = Snapshot::from_lock("version 1\ntier 1 Plus\n").unwrap();
    let new = Snapshot::from_lock("version 2\ntier 1 Plus alias Q\n").unwrap();
    assert!(Diff::between(&old, &new).is_empty());
}

#[test]
fn a_rank_that_means_another_tier_can_break_or_give_away() {
    let (effects, text) = declaration_changes(
        "tier 0 Free\ntier 1 Plus\ntier 2 Pro",
        "tier 0 Free\ntier 1 Pro",
    );
    assert_eq!(
        text,
        "removed  tier Plus (rank 1)\nranked   tier Pro: rank 2 -> 1\nreused   rank 1: was Plus, now Pro; stored tiers with this rank are read as Pro"
    );
    assert_eq!(effects, [Effect::Breaks, Effect::Breaks, Effect::GivesAway]);
}

#[test]
fn add_ons_are_matched_by_key_and_then_by_name() {
    for (old, new, effect, expected) in [
        ("a A", "a B", Effect::Neutral, "renamed  add-on A -> B"),
        (
            "a A",
            "b A",
            Effect::Breaks,
            "rekeyed  add-on A: key a -> b; stored add-ons with the key a are ignored",
        ),
        (
            "a A\nfeature b B",
            "a A",
            Effect::Breaks,
            "removed  add-on B (b)",
        ),
        (
            "a A",
            "a A\nfeature b B",
            Effect::Neutral,
            "added    add-on B (b)",
        ),
    ] {
        let (effects, text) =
            declaration_changes(&format!("feature {old}"), &format!("feature {new}"));
        assert_eq!((text.as_str(), effects), (expected, vec![effect]));
    }
    // A new key doesn't change what an endpoint requires.
    let read = |key: &str| {
        let text = format!(
            "version 2\ntier 0 Free\nfeature {key} Radio\ngate /a GET Free a feature {key}\n"
        );
        Snapshot::from_lock(&text).unwrap()
    };
    let diff = Diff::between(&read("radio"), &read("walkie"));
    assert_eq!(diff.changes().len(), 1, "{diff}");
}

#[test]
fn release_notes_state_declared_requirements() {
    let old = version_2(&[
        "gate /and GET Plus and_added",
        "gate /enforced GET Plus enforced enforced Free",
        "gate /grandfathered GET Plus grandfathered",
        "gate /no_and GET Plus no_and feature radio",
        "gate /no_or GET Plus no_or or_feature radio",
        "gate /observed GET Free observed",
        "gate /or GET Plus or_added",
        "gate /relaxed GET Plus relaxed",
    ]);
    let new = version_2(&[
        "gate /and GET Plus and_added feature radio",
        "gate /enforced GET Plus enforced",
        "gate /grandfathered GET Pro grandfathered until_version 3 Plus",
        "gate /no_and GET Plus no_and",
        "gate /no_or GET Plus no_or",
        "gate /observed GET Plus observed enforced Free",
        "gate /or GET Plus or_added or_feature radio",
        "gate /relaxed GET Plus relaxed enforced Free",
    ]);
    assert_eq!(
        Diff::between(&old, &new).release_notes(),
        "\
### Now require a higher tier

- GET `/observed`: Plus, was Free

### Now require a higher tier of new customers

- GET `/grandfathered`: Pro (Plus with a plan version below 3), was Plus

### Now require an add-on

- GET `/and`: Plus + Radio, was Plus

### No longer available with an add-on

- GET `/no_or`: Plus, was Plus or Radio

### Now available with an add-on

- GET `/or`: Plus or Radio, was Plus

### No longer require an add-on

- GET `/no_and`: Plus, was Plus + Radio
"
    );
    let without = Snapshot::from_lock("version 2\ntier 0 Free\nfeature radio R|adio\n").unwrap();
    let with =
        Snapshot::from_lock("version 2\ntier 0 Free\nfeature radio Walkie\nfeature c Camera\n");
    assert_eq!(
        Diff::between(&without, &with.unwrap()).release_notes(),
        "### Add-ons\n\n- R\\|adio is now called Walkie\n- Camera is new\n"
    );
}
