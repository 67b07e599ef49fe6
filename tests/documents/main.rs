//! The documents of catalogues, read by other programs: Python's parsers, an OpenAPI validator, the
//! TypeScript compiler, and Chromium. One catalogue is from the example `cad`, one has hostile names
//! and documentation, and one has 5,000 endpoints.
//!
//! Not every machine has these programs. If `TIERGATE_DOCUMENT_TOOLS` is set, as in CI, they are
//! required. Otherwise, the test prints which checks it skipped.

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tiergate::html::Page;
use tiergate::openapi::Export;
use tiergate::{
    Caller, Catalogue, Guard, Problem, Quotas, Refusal, Snapshot, requires_feature, requires_tier,
};
use utoipa::OpenApi;

/// The variable with the path of Python in a virtual environment that has `documents/requirements.txt`.
const TOOLS: &str = "TIERGATE_DOCUMENT_TOOLS";

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(name = "Radio <live>")]
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/export/{id}")]
#[utoipa::path(get, path = "/export/{other}", params(("other" = u32, Path)), responses((status = 200, description = "done")))]
fn export() {}

#[requires_tier(Free, get = "/files/{*rest}")]
#[utoipa::path(get, path = "/files/{rest}", params(("rest" = String, Path)), description = "Own words.", responses((status = 403, description = "own")))]
fn files() {}

#[requires_tier(Plus, get = "/forgotten")]
fn forgotten() {}

#[requires_tier(
    Free,
    limit(Free = "10/minute", Plus = "60/minute; 50000/day"),
    cost = 20,
    get = "/limited"
)]
#[utoipa::path(get, path = "/limited", responses((status = 200, description = "done")))]
fn limited() {}

#[requires_tier(public = "all <may>", get = "/health")]
#[utoipa::path(get, path = "/health", responses((status = 200, description = "done")))]
fn health() {}

#[requires_feature(Radio, limit = "5/second; 100/day", cost = 0, get = "/listen")]
#[utoipa::path(get, path = "/listen", responses((status = 200, description = "done")))]
fn listen() {}

#[requires_tier(Plus, or_feature = Radio, until_version(3, Free), enforced = Free, get = "/transmit")]
#[utoipa::path(get, path = "/transmit", responses((status = 200, description = "done")))]
fn transmit() {}

#[utoipa::path(delete, path = "/nobodys", responses((status = 200, description = "done")))]
fn nobodys() {}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    quota(Free = "100/day", Plus = "unlimited"),
    handlers(export, files, forgotten, limited, health, listen, transmit)
)]
struct Api;

#[derive(OpenApi)]
#[openapi(paths(export, files, limited, health, listen, transmit, nobodys))]
struct Document;

#[test]
fn merging_adds_tiers_and_reports_mismatches() {
    let mut document = Document::openapi();
    let merged = Export::new(&Snapshot::of::<Api>()).merge(&mut document);
    assert_eq!(
        merged.to_string(),
        "GET /forgotten (forgotten) is not in the document\nDELETE /nobodys is not in the catalogue"
    );
    assert!(!merged.is_complete());
    let once = document.to_pretty_json().unwrap();
    let again = Export::new(&Snapshot::of::<Api>()).merge(&mut document);
    assert_eq!(again, merged);
    // The order of extensions may differ.
    let [document, once] = [document.to_pretty_json().unwrap(), once]
        .map(|document| serde_json::from_str::<Value>(&document).unwrap());
    assert_eq!(document, once, "merging twice is merging once");

    let export = &document["paths"]["/export/{other}"]["get"];
    assert_eq!(export["x-required-tier"], "Plus");
    assert_eq!(export["description"], "Requires the tier `Plus`.");
    assert_eq!(
        export["responses"]["403"]["$ref"],
        "#/components/responses/TierTooLow"
    );
    assert_eq!(
        export["responses"]["401"]["$ref"],
        "#/components/responses/UnknownCaller"
    );
    let files = &document["paths"]["/files/{rest}"]["get"];
    assert_eq!(
        files["description"],
        "Own words.\n\nRequires the tier `Free`."
    );
    assert_eq!(files["responses"]["403"]["description"], "own");
    let limited = &document["paths"]["/limited"]["get"];
    assert_eq!(
        limited["description"],
        "Requires the tier `Free`. Limits per caller: `10/minute` from the tier `Free`, `60/minute` and `50000/day` from the tier `Plus`. A call takes 20 units of the catalogue's quota."
    );
    assert_eq!(limited["x-limits"][1]["windows"][1]["amount"], 50_000);
    assert_eq!(limited["x-cost"], 20);
    let exceeded = "#/components/responses/QuotaExceeded";
    assert_eq!(limited["responses"]["429"]["$ref"], exceeded);
    assert_eq!(export["responses"]["429"]["$ref"], exceeded);
    let exceeded = &document["components"]["responses"]["QuotaExceeded"];
    assert_eq!(
        exceeded["description"],
        "The caller has used up a limit of the endpoint or the quota of all endpoints together. The quota per caller: `100/day` from the tier `Free`, unlimited from the tier `Plus`."
    );
    for header in ["RateLimit-Policy", "RateLimit", "Retry-After"] {
        assert!(exceeded["headers"][header].is_object(), "{exceeded}");
    }
    let health = &document["paths"]["/health"]["get"];
    assert_eq!(health["responses"].get("429"), None);
    assert_eq!(health["x-public-reason"], "all <may>");
    assert_eq!(health["description"], "Public endpoint: all &lt;may&gt;");
    assert_eq!(health["responses"].get("403"), None);
    let listen = &document["paths"]["/listen"]["get"];
    assert_eq!(listen["x-required-feature"], "radio");
    assert_eq!(
        listen["description"],
        "Requires the add-on `Radio <live>`. Limit per caller: `5/second` and `100/day`. A call takes nothing from the catalogue's quota."
    );
    let transmit = &document["paths"]["/transmit"]["get"];
    assert_eq!(transmit["x-feature-rule"], "or");
    assert_eq!(
        transmit["description"],
        "Requires the tier `Plus` or the add-on `Radio <live>`. With a plan version below 3, requires the tier `Free`."
    );
    let schema = &document["components"]["schemas"]["TierProblem"];
    assert_eq!(schema["properties"]["code"]["enum"][0], "tier_too_low");
}

/// Calls an endpoint until a limit refuses the call.
fn quota_exceeded() -> Refusal {
    let quotas = Quotas::local::<Api>();
    let caller = Caller::new(Tier::Free).with_id("customer-7");
    let calls = async || {
        loop {
            if let Err(refusal) = quotas.take(&caller, Api::ENDPOINTS[3]).await {
                return refusal;
            }
        }
    };
    tokio::runtime::Runtime::new().unwrap().block_on(calls())
}

/// A problem document of each kind, with and without the optional members.
fn problems() -> Vec<Value> {
    let endpoint = Api::ENDPOINTS[0];
    let Err(denied) = Guard::check(Tier::Free).map(export) else {
        panic!("a lower tier");
    };
    let Err(missing) = Guard::check(Tier::Plus).map(listen) else {
        panic!("a missing add-on");
    };
    let refusals = [
        Refusal::Denied(denied),
        Refusal::from(missing),
        Refusal::UnknownCaller(endpoint),
        Refusal::MissingLayer(endpoint),
        Refusal::NoSubscription(endpoint),
        Refusal::SourceUnavailable {
            endpoint,
            retry_after: Duration::from_secs(1),
        },
        Refusal::UnreadableTier(endpoint),
        Refusal::SubscriptionExpired(endpoint),
        Refusal::EndpointClosed {
            endpoint,
            retry_after: None,
        },
        quota_exceeded(),
        Refusal::MissingQuotaLayer(endpoint),
        Refusal::QuotaStoreUnavailable {
            endpoint,
            retry_after: Duration::from_secs(1),
        },
    ];
    let problems = refusals.iter().map(Problem::new);
    let full = problems.clone().map(|problem| {
        let problem = problem.instance("/export/7");
        problem.upgrade_url("https://example.com/plans")
    });
    let documents = problems.chain(full);
    documents
        .map(|problem| serde_json::from_str(&problem.to_json()).unwrap())
        .collect()
}

/// Texts that could break documents.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "</script><script>globalThis.pwned = true</script>",
        "</style></title></table><img src=x onerror='globalThis.pwned = true'>",
        "\"><b onclick=alert(1)>\" ' & &lt; &amp;",
        "a | b \\| c",
        "`a` ``b`` ```",
        "*a* _b_ ~~c~~ # d [e](http://f.example) ![g](h) <http://i.example> www.j.example",
        "line\nbreak\r\nand\ttab\u{2028}and\u{2029}more",
        "right\u{202e}to left\u{2066} \u{200f}marks\u{feff}",
        "soft\u{ad}hyphen\u{3164}tag\u{e0041} 👨\u{200d}👩 \u{645}\u{6cc}\u{200c}\u{62e}",
        "null\u{0}bell\u{7}escape\u{1b}[31m",
        "=HYPERLINK(\"http://a.example\",\"b\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "'quoted', \"twice\"",
        "${globalThis.pwned = true} \\u0041 */ //",
        "__proto__",
        "constructor",
        "{{ 7 * 7 }} {% raw %}",
        "ünïcödé 漢字 🚔",
        "- list",
        "1. list",
        "---",
        "",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(10_000));
    texts
}

fn hostile() -> Value {
    let named = |text: &str| {
        if text.is_empty() {
            "empty".to_owned()
        } else {
            text.to_owned()
        }
    };
    let texts = hostile_texts();
    let tiers: Vec<Value> = texts[..6]
        .iter()
        .enumerate()
        .map(|(rank, text)| json!({ "name": text, "rank": rank, "aliases": [texts[rank + 6]] }))
        .collect();
    // Keys are unique even without the characters that documents don't show.
    let features: Vec<Value> = texts
        .iter()
        .filter(|text| text.len() < 256 && !text.is_empty())
        .map(|text| json!({ "key": text, "name": text }))
        .collect();
    let mut endpoints = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let (tier, rank) = (&texts[index % 6], index % 6);
        let own = |method: Value, path: Value, tier: Value, rank: Value, reason: Value| {
            json!({
                "name": named(text), "method": method, "path": path, "required_tier": tier,
                "required_rank": rank, "public_reason": reason, "summary": text,
                "module": text,
            })
        };
        let deprecated = |mut endpoint: Value| {
            if index % 2 == 0 {
                endpoint["deprecated"] = json!(true);
            }
            endpoint
        };
        // The only braces in a path are those of parameters.
        let path = format!("/{index}/{}/{{id}}", text.replace(['{', '}', '/'], ""));
        let mut gated = deprecated(own(
            json!("POST"),
            json!(path),
            json!(tier),
            json!(rank),
            Value::Null,
        ));
        if index % 5 > 0 {
            let feature = &features[index % features.len()]["key"];
            gated["required_feature"] = feature.clone();
            gated["feature_rule"] = json!(["and", "or", "only"][index % 3]);
        }
        if gated["feature_rule"] == "only" {
            gated["required_tier"] = Value::Null;
            gated["required_rank"] = Value::Null;
        } else if index % 4 == 0 {
            gated["until_versions"] = json!([
                { "version": 2, "required_tier": texts[0], "required_rank": 0 },
                { "version": 5, "required_tier": tier, "required_rank": rank },
            ]);
            gated["enforced_tier"] = json!(texts[0]);
            gated["enforced_rank"] = json!(0);
        }
        let accepts_any_tier = ["or", "only"]
            .map(Value::from)
            .contains(&gated["feature_rule"]);
        let lowest = match &gated["until_versions"] {
            _ if accepts_any_tier => 0,
            Value::Null => rank,
            _ => 0,
        };
        if index % 3 > 0 {
            gated["limits"] = limits(&texts, lowest);
        }
        if index % 4 < 2 {
            gated["cost"] = json!(index % 4 * 20);
        }
        endpoints.push(gated);
        endpoints.push(deprecated(own(
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            json!(text),
        )));
    }
    let events: Vec<Value> = (0..texts.len())
        .map(|index| hostile_event(&texts, &features, index))
        .collect();
    json!({
        "version": 2, "tiers": tiers, "features": features, "quota": limits(&texts, 0),
        "endpoints": endpoints, "events": events,
    })
}

fn hostile_event(texts: &[String], features: &[Value], index: usize) -> Value {
    let (text, rank) = (&texts[index], index % 6);
    let name = if text.is_empty() { "empty" } else { text };
    let mut event = json!({
        "name": name, "required_tier": texts[rank], "required_rank": rank, "summary": text, "module": text,
    });
    if !index.is_multiple_of(5) {
        event["required_feature"] = features[index % features.len()]["key"].clone();
        event["feature_rule"] = json!(["and", "or", "only"][index % 3]);
    }
    if event["feature_rule"] == "only" {
        event["required_tier"] = Value::Null;
        event["required_rank"] = Value::Null;
    } else if index.is_multiple_of(4) {
        event["until_versions"] = json!([
            { "version": 2, "required_tier": texts[0], "required_rank": 0 },
            { "version": 5, "required_tier": texts[rank], "required_rank": rank },
        ]);
        event["enforced_tier"] = json!(texts[0]);
        event["enforced_rank"] = json!(0);
    }
    if index.is_multiple_of(2) {
        event["deprecated"] = json!(true);
    }
    event
}

/// The limits of the tiers from this rank upwards. The tier at the top is unlimited.
fn limits(tiers: &[String], lowest: usize) -> Value {
    let window = |amount: u32, unit: &str, seconds: u32| json!({ "amount": amount, "unit": unit, "seconds": seconds });
    let windows = |rank: usize| match rank {
        _ if rank == lowest => vec![window(10, "minute", 60)],
        5 => Vec::new(),
        _ => vec![window(60, "minute", 60), window(5_000, "day", 86_400)],
    };
    let ranks = (lowest..6).filter(|rank| *rank <= lowest + 1 || *rank == 5);
    ranks
        .map(|rank| json!({ "tier": tiers[rank], "rank": rank, "windows": windows(rank) }))
        .collect()
}

fn large() -> Value {
    let tiers = ["Free", "Starter", "Standard", "Plus", "Pro", "One"];
    let rows: Vec<Value> = (0..5_000_usize)
        .map(|index| {
            // One module is long. The others are short.
            let (module, rank) = (index.saturating_sub(2_000) / 150, index % 6);
            json!({
                "name": format!("endpoint_{index}"), "method": "POST",
                "path": format!("/module_{module}/endpoint_{index}/{{id}}"),
                "required_tier": tiers[rank], "required_rank": rank, "public_reason": null,
                "summary": format!("Does what number {index} does, and tells how it went."),
                "module": format!("server::module_{module}"),
            })
        })
        .collect();
    let tiers: Vec<Value> = tiers
        .iter()
        .enumerate()
        .map(|(rank, name)| json!({ "name": name, "rank": rank }))
        .collect();
    json!({ "version": 2, "tiers": tiers, "features": [], "endpoints": rows })
}

/// More tiers than fit on most screens. Some names have two words, and one is long.
fn tiers() -> Value {
    let names = [
        "Free",
        "Starter",
        "Standard",
        "Plus",
        "Pro",
        "Team",
        "Business",
        "Professional",
        "Agency",
        "Enterprise",
        "Public sector",
        "One",
    ];
    let tiers = names.iter().enumerate();
    let tiers: Vec<Value> = tiers
        .map(|(rank, name)| json!({ "name": name, "rank": rank }))
        .collect();
    let rows: Vec<Value> = (0..40_usize)
        .map(|index| {
            let (method, rank) = (["GET", "OPTIONS"][index % 2], index % names.len());
            json!({
                "name": format!("endpoint_{index}"), "method": method,
                "path": format!("/projects/{{project}}/members/{{member}}/permissions_{index}"),
                "required_tier": names[rank], "required_rank": rank, "public_reason": null,
                "summary": "Tells the permissions of a member.", "module": "server::projects",
            })
        })
        .collect();
    json!({ "version": 2, "tiers": tiers, "features": [], "endpoints": rows })
}

/// Endpoints that need or accept add-ons.
fn add_ons() -> Value {
    let row = |name: &str, tier: Option<(&str, u32)>, feature: Option<(&str, &str)>| {
        let mut row = json!({
            "name": name, "method": "GET", "path": format!("/{name}"),
            "required_tier": tier.map(|(name, _)| name), "required_rank": tier.map(|(_, rank)| rank),
            "public_reason": null, "summary": "", "module": "server",
        });
        if let Some((key, rule)) = feature {
            row["required_feature"] = json!(key);
            row["feature_rule"] = json!(rule);
        }
        row
    };
    let (free, plus) = (Some(("Free", 0)), Some(("Plus", 1)));
    let mut grandfathered = row("grandfathered", Some(("Pro", 2)), None);
    grandfathered["until_versions"] =
        json!([{ "version": 3, "required_tier": "Plus", "required_rank": 1 }]);
    let mut observed = row("observed", plus, None);
    observed["enforced_tier"] = json!("Free");
    observed["enforced_rank"] = json!(0);
    json!({
        "version": 2,
        "tiers": [
            { "name": "Free", "rank": 0, "aliases": [] },
            { "name": "Plus", "rank": 1, "aliases": ["Team"] },
            { "name": "Pro", "rank": 2, "aliases": [] },
        ],
        "features": [
            { "key": "radio", "name": "Radio" },
            { "key": "body_cam", "name": "Body camera" },
        ],
        "endpoints": [
            row("free", free, None),
            row("plus", plus, None),
            row("plus_and_radio", plus, Some(("radio", "and"))),
            row("plus_or_radio", plus, Some(("radio", "or"))),
            row("radio", None, Some(("radio", "only"))),
            row("camera", free, Some(("body_cam", "and"))),
            grandfathered,
            observed,
        ],
    })
}

/// Endpoints with limits and costs, and a quota.
fn with_limits() -> Value {
    let lock = "\
version 3
tier 0 Free
tier 1 Plus
tier 2 Pro
feature radio Radio
quota 100/day from Plus \"60/minute; 5000/day\" from Pro unlimited
gate /all GET Free all limit 60/minute
gate /expensive POST Plus expensive cost 20
gate /free GET Free free limit 1/second cost 0
gate /older GET Pro older until_version 3 Plus limit 10/hour from Pro 100000/month
gate /radio GET Plus radio or_feature radio limit 10/minute from Plus \"60/minute; 5000/day\" from Pro unlimited
gate /usual GET Plus usual
open /health GET health \"health checks have no account\"
";
    let snapshot = Snapshot::from_lock(lock).unwrap();
    serde_json::from_str(&snapshot.to_json()).unwrap()
}

/// A few endpoints, the vendor's events, and events that need or accept an add-on.
fn with_events() -> Value {
    let mut lock = "\
version 4
tier 0 Free
tier 1 Starter
tier 2 Standard
tier 3 Plus
tier 4 Pro
tier 5 One
feature radio Radio
gate /calls POST Plus new_call
gate /units GET Free units
event EVENT_LISTEN - feature radio
event EVENT_TALK Pro or_feature radio until_version 3 Plus enforced Free
"
    .to_owned();
    for line in include_str!("../behaviour/cad/events.csv").lines().skip(1) {
        let mut cells = line.split(',');
        let mut next = || cells.next().unwrap_or_default();
        lock.extend(["event ", next(), " ", next(), "\n"]);
    }
    let snapshot = Snapshot::from_lock(&lock).unwrap();
    serde_json::from_str(&snapshot.to_json()).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents")
}

type Make<'a> = &'a dyn Fn(&Snapshot) -> String;

/// Writes every document of a catalogue. Returns how long each took, and its size.
fn write(name: &str, source: &Value) -> Vec<String> {
    let folder = folder().join(name);
    fs::create_dir_all(&folder).unwrap();
    let source = source.to_string();
    fs::write(folder.join("source.json"), &source).unwrap();
    let snapshot = Snapshot::from_json(&source).unwrap();
    assert_eq!(
        Snapshot::from_json(&snapshot.to_json()),
        Ok(snapshot.clone())
    );
    let openapi = |snapshot: &Snapshot| {
        let document = Export::new(snapshot).document();
        document.to_pretty_json().unwrap()
    };
    let documents: [(&str, Make<'_>); 8] = [
        ("catalogue.md", &Snapshot::to_markdown),
        ("catalogue.csv", &Snapshot::to_csv),
        ("events.csv", &Snapshot::to_events_csv),
        ("catalogue.json", &Snapshot::to_json),
        ("tiers.ts", &Snapshot::to_typescript),
        ("tiers.lock", &Snapshot::to_lock),
        ("page.html", &|snapshot| Page::new(snapshot).render()),
        ("openapi.json", &openapi),
    ];
    let mut figures = Vec::new();
    for (file, make) in documents {
        let start = Instant::now();
        let text = make(&snapshot);
        let milliseconds = start.elapsed().as_millis();
        figures.push(format!(
            "{name}/{file}: {milliseconds} ms, {} bytes",
            text.len()
        ));
        fs::write(folder.join(file), text).unwrap();
    }
    figures
}

/// Writes the documents that the example prints.
fn write_cad() {
    let folder = folder().join("cad");
    fs::create_dir_all(&folder).unwrap();
    let program = tiergate_tests::example("cad");
    for (format, file) in [
        ("markdown", "catalogue.md"),
        ("csv", "catalogue.csv"),
        ("events-csv", "events.csv"),
        ("json", "catalogue.json"),
        ("json", "source.json"),
        ("typescript", "tiers.ts"),
        ("html", "page.html"),
        ("openapi", "openapi.json"),
    ] {
        let output = Command::new(&program)
            .args(["catalogue", "--format", format])
            .output()
            .unwrap();
        assert!(output.status.success(), "{format}");
        fs::write(folder.join(file), output.stdout).unwrap();
    }
    fs::write(self::folder().join("program"), program.to_str().unwrap()).unwrap();
}

/// Writes other libraries' documents with merged tiers: see `behaviour/openapi_json.rs`.
fn write_merged() {
    let (original, merged) = (folder().join("original"), folder().join("merged"));
    fs::create_dir_all(&original).unwrap();
    fs::create_dir_all(&merged).unwrap();
    let lock = concat!(
        "version 1\ntier 0 Free\ntier 1 Plus\n",
        "gate /units/{id} GET Plus unit\n",
        "gate /calls POST Free new_call\n",
        "open /health GET health \"health checks have no account\"\n",
    );
    let snapshot = Snapshot::from_lock(lock).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("documents/data/openapi");
    for file in fs::read_dir(data).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        fs::write(original.join(file.file_name()), text).unwrap();
        let report = Export::new(&snapshot).merge_json(&mut document).unwrap();
        assert!(report.missing().is_empty(), "{report}");
        fs::write(merged.join(file.file_name()), document.to_string()).unwrap();
    }
}

fn run(command: &mut Command) {
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

#[test]
fn other_programs_can_read_every_format() {
    let mut figures = write("hostile", &hostile());
    figures.extend(write("large", &large()));
    let _ = write("tiers", &tiers());
    let _ = write("add-ons", &add_ons());
    let _ = write("limits", &with_limits());
    let _ = write("events", &with_events());
    write_merged();
    let theme = "
        @media (width < 100000px) { h1 { color: rgb(1, 2, 3); } }
        h1::after { content: '</style><script>globalThis.pwned = true</script>'; }";
    let themed = Page::new(&Snapshot::of::<Api>()).theme(theme).render();
    fs::write(folder().join("themed.html"), themed).unwrap();
    let Some(python) = std::env::var_os(TOOLS) else {
        // Not `println!`, because its output is shown only for failing tests.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT RUN: the documents were written to {} and not read by other programs, nor in a browser. To run: see the step \"documents\" in .ci/run, and set {TOOLS}",
            folder().display()
        );
        return;
    };
    println!("{}", figures.join("\n"));
    write_cad();
    let mut document = Document::openapi();
    let _ = Export::new(&Snapshot::of::<Api>()).merge(&mut document);
    fs::write(
        folder().join("merged.json"),
        document.to_pretty_json().unwrap(),
    )
    .unwrap();

    fs::write(
        folder().join("problems.json"),
        Value::from(problems()).to_string(),
    )
    .unwrap();

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    run(Command::new(python)
        .arg(tests.join("documents/check.py"))
        .arg(folder())
        .arg(tests.join("behaviour/cad/endpoints.csv"))
        .arg(tests.join("behaviour/cad/events.csv"))
        .arg(tests.join("../core/schema/catalogue-2.schema.json")));
    run(Command::new("node")
        .current_dir(tests.join("documents/browser"))
        .args(["--test", "--test-concurrency=1"])
        .args(["typescript.test.js", "page.test.js"])
        .env("DOCUMENTS", folder()));
}

#[test]
fn hostile_texts_add_no_lines_to_typescript_or_the_lock() {
    let snapshot = Snapshot::from_json(&hostile().to_string()).unwrap();
    let rows = snapshot.endpoints().len() + snapshot.events().len();
    let lines = rows + snapshot.tiers().len() + snapshot.features().len();
    // The file also has a header of four lines, and the quota.
    assert!(snapshot.to_lock().lines().count() <= lines + 5);
    let typescript = snapshot.to_typescript();
    assert!(!typescript.contains("</script"), "an element can end in it");
    let keys = typescript
        .lines()
        .filter(|line| line.contains("{ name: "))
        .count();
    assert_eq!(keys, rows);
    for character in [
        '\u{202e}',
        '\u{2028}',
        '\u{0}',
        '\u{1b}',
        '\u{ad}',
        '\u{3164}',
        '\u{e0041}',
        '\u{200d}',
    ] {
        assert!(!typescript.contains(character) && !snapshot.to_lock().contains(character));
    }
}

#[test]
fn the_handlers_of_this_file_are_used() {
    assert!(Tier::Plus.allows(Tier::Free));
    nobodys();
}
