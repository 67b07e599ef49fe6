//! The documents, the lock file and the diff of a program with limits, costs and a quota.

use tiergate::cli::Cli;
use tiergate::snapshot::EndpointRow;
use tiergate::{
    Audit, Catalogue, Change, Diff, Effect, Finding, Snapshot, endpoint, requires_feature,
    requires_tier,
};

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free = 0,
    #[tier(name = "Plus | <yearly>")]
    Plus = 3,
    Pro = 4,
    One = 6,
}

/// Lists units.
#[requires_tier(Free, limit = "60/minute", get = "/units")]
fn units() {}

#[requires_tier(
    Plus,
    limit(Plus = "100/day", Pro = "60/minute; 5000/day", One = "unlimited"),
    cost = 20,
    post = "/export"
)]
fn export() {}

#[requires_tier(Pro, enforced = Plus, limit(Plus = "1/minute", Pro = "2/minute"), get = "/observed")]
fn observed() {}

#[requires_feature(Radio, limit = "5/second", cost = 0, get = "/listen")]
fn listen() {}

#[requires_tier(Pro, limit = "unlimited", get = "/unlimited")]
fn unlimited() {}

#[requires_tier(public = "health checks have no account", get = "/health")]
fn health() {}

endpoint! {
    /// Starts a call.
    new_call(Plus, limit = "10/minute", post = "/dispatch.Dispatch/NewCall");
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    quota(Free = "100/day", Plus = "60/minute; 5000/day", One = "unlimited"),
    handlers(units, export, observed, listen, unlimited, health, new_call)
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, export))]
struct Included;

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "1000/day", handlers(health), include(Included))]
struct Site;

fn row<'a>(snapshot: &'a Snapshot, name: &str) -> &'a EndpointRow {
    let mut endpoints = snapshot.endpoints().iter();
    endpoints.find(|row| row.name() == name).unwrap()
}

#[test]
fn rows_contain_what_the_attributes_declare() {
    let snapshot = Snapshot::of::<Api>();
    let limits = |name: &str| {
        let rows = row(&snapshot, name).limits().iter();
        let rows = rows.map(|row| format!("{} {row}", row.tier()));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(limits("units"), ["Free 60/minute"]);
    assert_eq!(
        limits("export"),
        [
            "Plus | <yearly> 100/day",
            "Pro 60/minute; 5000/day",
            "One unlimited"
        ]
    );
    assert_eq!(
        limits("observed"),
        ["Plus | <yearly> 1/minute", "Pro 2/minute"]
    );
    assert_eq!(limits("listen"), ["Free 5/second"]);
    // Nothing distinguishes an endpoint on which every tier is unlimited from one without limits.
    assert!(limits("unlimited").is_empty() && limits("health").is_empty());
    assert_eq!(limits("new_call"), ["Plus | <yearly> 10/minute"]);
    let costs = ["export", "listen", "units"].map(|name| row(&snapshot, name).cost());
    assert_eq!(costs, [20, 0, 1]);
    let quota = snapshot.quota().iter().map(ToString::to_string);
    assert_eq!(
        quota.collect::<Vec<_>>(),
        ["100/day", "60/minute; 5000/day", "unlimited"]
    );
    // Each catalogue has its own quota, and the limits of all its endpoints.
    let site = Snapshot::of::<Site>();
    assert_eq!(site.quota()[0].to_string(), "1000/day");
    assert_eq!(row(&site, "export"), row(&snapshot, "export"));
}

const LOCK: &str = "\
version 3
tier 0 Free
tier 3 \"Plus | \\u{3c}yearly\\u{3e}\" alias Plus
tier 4 Pro
tier 6 One
feature radio Radio
quota 100/day from \"Plus | \\u{3c}yearly\\u{3e}\" \"60/minute; 5000/day\" from One unlimited
open /health GET health \"health checks have no account\"
gate /dispatch.Dispatch/NewCall POST \"Plus | \\u{3c}yearly\\u{3e}\" new_call limit 10/minute
gate /export POST \"Plus | \\u{3c}yearly\\u{3e}\" export limit 100/day from Pro \"60/minute; 5000/day\" from One unlimited cost 20
gate /listen GET - listen feature radio limit 5/second cost 0
gate /observed GET Pro observed enforced \"Plus | \\u{3c}yearly\\u{3e}\" limit 1/minute from Pro 2/minute
gate /units GET Free units limit 60/minute
gate /unlimited GET Pro unlimited
";

#[test]
fn the_lock_contains_every_limit() {
    let snapshot = Snapshot::of::<Api>();
    let lock = snapshot.to_lock();
    assert!(lock.ends_with(LOCK), "{lock}");
    assert!(Diff::between(&snapshot, &Snapshot::from_lock(&lock).unwrap()).is_empty());
    assert_eq!(Snapshot::from_json(&Api::json()), Ok(snapshot));
}

/// Compares a lock file with the program. Returns the text of the diff without the changes of other
/// endpoints, and the release notes.
fn changes_since(old: &str) -> (Diff, String) {
    let old = Snapshot::from_lock(old).unwrap();
    let diff = Diff::between(&old, &Snapshot::of::<Api>());
    let text = diff.to_string();
    (diff, text)
}

#[test]
fn a_lock_without_limits_is_read_and_reports_the_limits() {
    let is_option = |word: &&str| *word == "limit" || *word == "cost";
    let lines = LOCK.lines().filter(|line| !line.starts_with("quota"));
    let lines = lines.map(|line| {
        let words: Vec<&str> = line
            .split(' ')
            .take_while(|word| !is_option(word))
            .collect();
        words.join(" ") + "\n"
    });
    let old = lines.collect::<String>().replace("version 3", "version 2");
    let (diff, text) = changes_since(&old);
    assert_eq!(
        text,
        "\
limited  quota: Free: unlimited -> 100/day; Plus | <yearly>, Pro: unlimited -> 60/minute and 5000/day
limited  GET /listen (listen): unlimited -> 5/second
limited  GET /observed (observed): Plus | <yearly>: unlimited -> 1/minute; Pro, One: unlimited -> 2/minute
limited  GET /units (units): unlimited -> 60/minute
limited  POST /dispatch.Dispatch/NewCall (new_call): unlimited -> 10/minute
limited  POST /export (export): Plus | <yearly>: unlimited -> 100/day; Pro: unlimited -> 60/minute and 5000/day
costlier POST /export (export): cost 1 -> 20
cheaper  GET /listen (listen): cost 1 -> 0"
    );
    assert!(diff.has(Effect::Breaks) && diff.has(Effect::GivesAway));
    // Customers of Plus may call the observed endpoint only for now, so the notes don't mention them.
    assert_eq!(
        diff.release_notes(),
        r"### Lower limits

- Quota of all endpoints together: Free: 100/day, was unlimited; Plus \| &lt;yearly&gt;, Pro: 60/minute and 5000/day, was unlimited
- GET `/listen`: 5/second, was unlimited
- GET `/observed`: Pro, One: 2/minute, was unlimited
- GET `/units`: 60/minute, was unlimited
- POST `/dispatch.Dispatch/NewCall`: 10/minute, was unlimited
- POST `/export`: Plus \| &lt;yearly&gt;: 100/day, was unlimited; Pro: 60/minute and 5000/day, was unlimited
- POST `/export`: costs 20 units of the quota, was 1

### Higher limits

- GET `/listen`: costs 0 units of the quota, was 1
"
    );
}

#[test]
fn changed_limits_have_an_effect_for_each_tier() {
    for (program, file, effect, expected) in [
        (
            "units limit 60/minute",
            "units limit 100/minute",
            Effect::Breaks,
            "limited  GET /units (units): 100/minute -> 60/minute",
        ),
        (
            "units limit 60/minute",
            "units limit 60/minute from One unlimited",
            Effect::Breaks,
            "limited  GET /units (units): One: unlimited -> 60/minute",
        ),
        (
            "units limit 60/minute",
            "units limit 30/minute",
            Effect::GivesAway,
            "relaxed  GET /units (units): 30/minute -> 60/minute",
        ),
        (
            "from Pro \"60/minute; 5000/day\"",
            "from Pro \"60/minute; 4000/day\"",
            Effect::GivesAway,
            "relaxed  POST /export (export): Pro: 60/minute and 4000/day -> 60/minute and 5000/day",
        ),
        (
            "cost 20",
            "cost 10",
            Effect::Breaks,
            "costlier POST /export (export): cost 10 -> 20",
        ),
        (
            " cost 0",
            "",
            Effect::GivesAway,
            "cheaper  GET /listen (listen): cost 1 -> 0",
        ),
        (
            "quota 100/day",
            "quota 200/day",
            Effect::Breaks,
            "limited  quota: Free: 200/day -> 100/day",
        ),
        (
            "quota 100/day",
            "quota 50/day",
            Effect::GivesAway,
            "relaxed  quota: Free: 50/day -> 100/day",
        ),
        (
            "gate /units GET Free units limit 60/minute\n",
            "",
            Effect::Neutral,
            "added    GET /units (units): Free; limit 60/minute",
        ),
        // The limit of a tier that doesn't exist any more.
        (
            "tier 6 One",
            "tier 6 One\ntier 9 Max",
            Effect::Breaks,
            "removed  tier Max (rank 9)",
        ),
    ] {
        let old = LOCK.replace(program, file);
        assert_ne!(old, LOCK, "{program}");
        let (diff, text) = changes_since(&old);
        assert_eq!(text, expected);
        assert_eq!(diff.changes()[0].effect(), effect, "{expected}");
    }
}

#[test]
fn limits_of_other_tiers_are_no_lower_or_higher_limits() {
    let old = LOCK.replace("tier 6 One", "tier 6 One\ntier 9 Max");
    let old = old.replace(
        "units limit 60/minute",
        "units limit 60/minute from Max 600/minute",
    );
    let (_, text) = changes_since(&old);
    assert_eq!(
        text,
        "removed  tier Max (rank 9)\nreworded GET /units (units): limit 60/minute, was limit Free: 60/minute, Max: 600/minute"
    );
    let old = LOCK.replace("tier 6 One", "tier 6 One\ntier 9 Max");
    let old = old.replace(
        "from One unlimited\nopen",
        "from One unlimited from Max 600000/day\nopen",
    );
    let (_, text) = changes_since(&old);
    assert_eq!(
        text,
        "removed  tier Max (rank 9)\nreworded quota: limit Free: 100/day, Plus | <yearly>: 60/minute and 5000/day, One: unlimited, was limit Free: 100/day, Plus | <yearly>: 60/minute and 5000/day, One: unlimited, Max: 600000/day"
    );
}

mod the_same_limits_by_tier {
    use super::Tier;
    use tiergate::{Catalogue, requires_tier};

    #[requires_tier(Free, limit(Free = "60/minute"), get = "/units")]
    pub(super) fn units() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(units))]
    pub(super) struct Api;
}

mod the_same_limits_of_every_tier {
    use super::Tier;
    use tiergate::{Catalogue, requires_tier};

    #[requires_tier(
        Free,
        limit(Free = "60/minute", Plus = "60/minute", One = "60/minute"),
        get = "/units"
    )]
    pub(super) fn units() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(units))]
    pub(super) struct Api;
}

mod one_limit {
    use super::Tier;
    use tiergate::{Catalogue, requires_tier};

    #[requires_tier(Free, limit = "60/minute", get = "/units")]
    pub(super) fn units() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(units))]
    pub(super) struct Api;
}

#[test]
fn another_notation_is_no_change() {
    let snapshots = [
        Snapshot::of::<one_limit::Api>(),
        Snapshot::of::<the_same_limits_by_tier::Api>(),
        Snapshot::of::<the_same_limits_of_every_tier::Api>(),
    ];
    for old in &snapshots {
        for new in &snapshots {
            let diff = Diff::between(old, new);
            assert!(diff.is_empty(), "{diff}");
            assert_eq!(old.to_lock(), new.to_lock());
        }
    }
}

#[test]
fn documents_state_limits_and_escape_names() {
    let markdown = Api::markdown();
    for part in [
        "| Method | Path | Minimum tier | Limits | Cost | Summary |\n",
        "| POST | `/export` | Plus \\| &lt;yearly&gt; | Plus \\| &lt;yearly&gt;: 100/day; Pro: 60/minute and 5000/day; One: unlimited | 20 |  |\n",
        "| GET | `/observed` | Pro | 2/minute | 1 |  |\n",
        "| GET | `/health` | Public: health checks have no account |  |  |  |\n",
        "\n\n| Tier | Quota of all endpoints together |\n| --- | --- |\n| Free | 100/day |\n| Plus \\| &lt;yearly&gt; | 60/minute and 5000/day |\n| Pro | 60/minute and 5000/day |\n| One | unlimited |\n",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    let csv = Api::csv();
    assert!(
        csv.contains(",until_versions,limits,cost,quota\r\n"),
        "{csv}"
    );
    let limits = ",\"Plus | <yearly>: 100/day; Pro: 60/minute and 5000/day; One: unlimited\",20,";
    assert!(csv.contains(limits), "{csv}");
    let page = Api::html();
    for part in [
        "<th scope=\"row\">Plus | &#60;yearly&#62;</th><td>60/minute and 5000/day</td>",
        "<span class=\"note\">Plus | &#60;yearly&#62;: 100/day</span>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let openapi = Api::openapi().to_json().unwrap();
    let openapi: serde_json::Value = serde_json::from_str(&openapi).unwrap();
    let export = &openapi["paths"]["/export"]["post"];
    assert_eq!(
        export["description"],
        "Requires the tier `Plus | <yearly>`. Limits per caller: `100/day` from the tier `Plus | <yearly>`, `60/minute` and `5000/day` from the tier `Pro`, unlimited from the tier `One`. A call takes 20 units of the catalogue's quota."
    );
    let policy = &export["responses"]["default"]["headers"]["RateLimit-Policy"];
    assert!(policy.is_object(), "{export}");
    // A tier that may call the endpoint only for now is no part of documents for customers.
    let observed = &openapi["paths"]["/observed"]["get"];
    assert_eq!(observed["x-limits"][0]["tier"], "Pro");
    let published = Snapshot::of::<Api>().without_enforced_tiers();
    assert_eq!(
        row(&published, "observed").limits()[0].to_string(),
        "2/minute"
    );
    let documents = [Api::markdown(), Api::csv(), Api::typescript(), Api::html()];
    for document in documents
        .into_iter()
        .chain([openapi.to_string(), published.to_json()])
    {
        assert!(!document.contains("1/minute"), "{document}");
    }
}

#[test]
fn the_command_line_compares_limits() {
    let file = std::env::temp_dir().join(format!("tiergate-limits-{}", std::process::id()));
    let run = |old: &str, arguments: &[&str]| {
        std::fs::write(&file, old).unwrap();
        let mut all = vec!["diff".into(), file.clone().into_os_string()];
        all.extend(arguments.iter().map(Into::into));
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let code = Cli::new::<Api>().run_with(all, &mut output, &mut errors);
        (
            code.unwrap(),
            String::from_utf8([output, errors].concat()).unwrap(),
        )
    };
    let higher = LOCK.replace("units limit 60/minute", "units limit 100/minute");
    let lower = LOCK.replace("units limit 60/minute", "units limit 30/minute");
    let breaking = ["--fail-on", "breaking"];
    assert_eq!(run(LOCK, &[]), (0, "no changes\n".to_owned()));
    let limited = "limited  GET /units (units): 100/minute -> 60/minute\n";
    assert_eq!(run(&higher, &breaking), (1, limited.to_owned()));
    let relaxed = "relaxed  GET /units (units): 30/minute -> 60/minute\n";
    assert_eq!(run(&lower, &breaking), (0, relaxed.to_owned()));
    assert_eq!(run(&lower, &[]).0, 1);
    let newer = LOCK.replace("version 3", "version 5");
    let (code, text) = run(&newer, &[]);
    assert_eq!(code, 2);
    assert!(
        text.contains("this program reads versions 1 to 4"),
        "{text}"
    );
    std::fs::remove_file(file).unwrap();
}

#[test]
fn changes_state_their_tiers() {
    let old = LOCK.replace("quota 100/day", "quota 200/day");
    let (diff, _) = changes_since(&old);
    let [Change::QuotaLimited { limits }] = diff.changes() else {
        panic!("{diff}");
    };
    assert_eq!(limits[0].callers(), ["Free"]);
    assert_eq!(limits[0].old_limits()[0].amount(), 200);
    assert_eq!(limits[0].new_limits()[0].unit(), "day");
    assert_eq!(diff.changes()[0].word(), "limited");
    assert_eq!(Tier::One.rank(), 6);
}

/// Without a list, the compiler doesn't know the costs of the handlers.
#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    quota(Free = "10/day", Plus = "60/minute; 15/day", Pro = "20/day", One = "unlimited")
)]
struct Registered;

#[test]
fn an_audit_finds_a_call_that_the_quota_never_allows() {
    let about_costs = |audit: &Audit| {
        let findings = audit.findings().iter().copied();
        let about_costs = findings.filter(|it| matches!(it, Finding::CostAboveQuota { .. }));
        about_costs.collect::<Vec<_>>()
    };
    assert_eq!(about_costs(&Api::audit()), []);
    let audit = Registered::audit();
    let [finding] = about_costs(&audit)[..] else {
        panic!("{audit}");
    };
    let text = finding.to_string();
    let start = "a call of `export` (POST /export) at tests/behaviour/limit_documents.rs:";
    let end = " costs 20, but the quota of the tier Plus | <yearly> is 15/day; raise the quota, or lower the cost";
    assert!(text.starts_with(start) && text.ends_with(end), "{text}");
    let both = audit.and(Registered::audit());
    assert_eq!(about_costs(&both), [finding]);
}
