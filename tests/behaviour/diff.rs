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
            "raised   GET /a (a): Plus; Pro can no longer call it",
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
            "raised   GET /a (a): Plus; Pro can no longer call it",
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
