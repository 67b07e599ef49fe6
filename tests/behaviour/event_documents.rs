//! The documents, the lock file, the diff and the explanations of a program with push events.

mod vendor_events;

use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tiergate::cli::Cli;
use tiergate::html::Page;
use tiergate::openapi::Export;
use tiergate::snapshot::EndpointRow;
use tiergate::{
    Catalogue, Change, Diff, Effect, Event, FeatureRule, Override, Overrides, Snapshot,
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
}

/// Lists units.
#[requires_tier(Free, get = "/units")]
fn units() {}

/// A unit has a *new* status | <b>.
#[derive(Event, utoipa::ToSchema)]
#[event(Plus, name = "EVENT_UNIT_STATUS")]
#[allow(dead_code)]
struct UnitStatus {
    status: u8,
    place: Option<Place>,
}

#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
struct Place {
    street: String,
}

#[derive(Event, utoipa::ToSchema)]
#[event(crate = tiergate, Pro)]
#[allow(dead_code)]
enum CallEvent {
    /// A call was created.
    #[event(Pro, until_version(3, Plus), name = "EVENT_CALL_NEW")]
    New { id: u32 },
    #[event(Pro, enforced = Free, name = "=EVENT_CALL_<CLOSE>")]
    Close { id: u32 },
    #[deprecated]
    Note(String),
}

#[derive(Event)]
#[event(tier = Tier, feature = Radio, name = "EVENT_TALK")]
struct Talk<'a>(#[allow(dead_code)] &'a str);

/// What the server sends.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
struct Message<E> {
    key: String,
    data: E,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(CallEvent))]
struct Calls;

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    quota = "100/day",
    handlers(units),
    events(UnitStatus, Talk<'_>),
    include(Calls)
)]
struct Api;

/// The program's handlers and events, without a list.
#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Everything;

fn names(rows: &[EndpointRow]) -> Vec<&str> {
    rows.iter().map(EndpointRow::name).collect()
}

#[test]
fn snapshots_contain_the_events_of_listed_and_registered_catalogues() {
    let snapshot = Snapshot::of::<Api>();
    assert_eq!(names(snapshot.endpoints()), ["units"]);
    assert_eq!(
        names(snapshot.events()),
        [
            "EVENT_UNIT_STATUS",
            "EVENT_TALK",
            "EVENT_CALL_NEW",
            "=EVENT_CALL_<CLOSE>",
            "Note"
        ]
    );
    let [status, talk, new, close, note] = snapshot.events() else {
        panic!("{snapshot:?}")
    };
    assert!(status.is_event() && !snapshot.endpoints()[0].is_event());
    assert_eq!(status.required_tier(), Some("Plus | <yearly>"));
    assert_eq!(status.required_rank(), Some(3));
    assert_eq!(status.summary(), "A unit has a *new* status | <b>.");
    assert!(status.module().ends_with("event_documents"));
    assert_eq!((status.method(), status.path()), (None, None));
    assert!(status.limits().is_empty() && !status.is_public());
    assert_eq!(talk.feature_rule(), FeatureRule::FeatureOnly);
    assert_eq!(talk.required_feature(), Some("radio"));
    assert_eq!(new.versions().collect::<Vec<_>>(), [(3, "Plus | <yearly>")]);
    assert_eq!(close.enforced_tier(), Some("Free"));
    assert!(note.is_deprecated() && !close.is_deprecated());
    let published = snapshot.clone().without_enforced_tiers();
    assert_eq!(published.events()[3].enforced_tier(), None);

    let mut everything = Snapshot::of::<Everything>();
    assert_eq!(names(everything.endpoints()), ["units"]);
    let mut registered = names(everything.events());
    let mut listed = names(snapshot.events());
    registered.sort_unstable();
    listed.sort_unstable();
    assert_eq!(registered, listed);
    everything = Snapshot::from_json(&everything.to_json()).unwrap();
    let read = Snapshot::from_lock(&everything.to_lock()).unwrap();
    assert!(Diff::between(&everything, &read).is_empty());
    Api::audit().assert_clean();
}

const LOCK: &str = "\
version 4
tier 0 Free
tier 3 \"Plus | \\u{3c}yearly\\u{3e}\" alias Plus
tier 4 Pro
feature radio Radio
quota 100/day
gate /units GET Free units
event \"=EVENT_CALL_\\u{3c}CLOSE\\u{3e}\" Pro enforced Free
event EVENT_CALL_NEW Pro until_version 3 \"Plus | \\u{3c}yearly\\u{3e}\"
event EVENT_TALK - feature radio
event EVENT_UNIT_STATUS \"Plus | \\u{3c}yearly\\u{3e}\"
event Note Pro
";

#[test]
fn the_lock_and_the_json_document_contain_every_event() {
    let snapshot = Snapshot::of::<Api>();
    let lock = snapshot.to_lock();
    assert!(lock.ends_with(LOCK), "{lock}");
    assert!(Diff::between(&snapshot, &Snapshot::from_lock(&lock).unwrap()).is_empty());
    assert_eq!(Snapshot::from_json(&Api::json()), Ok(snapshot));
    let document: Value = serde_json::from_str(&Api::json()).unwrap();
    assert_eq!(document["version"], 2);
    assert_eq!(
        document["events"][3],
        json!({
            "name": "=EVENT_CALL_<CLOSE>", "required_tier": "Pro", "required_rank": 4,
            "enforced_tier": "Free", "enforced_rank": 0,
            "summary": "", "module": "event_documents",
        })
    );
}

/// Compares a lock file with the program. Returns the diff and its text.
fn changes_since(old: &str) -> (Diff, String) {
    let old = Snapshot::from_lock(old).unwrap();
    let diff = Diff::between(&old, &Snapshot::of::<Api>());
    let text = diff.to_string();
    (diff, text)
}

const PLUS: &str = "\"Plus | \\u{3c}yearly\\u{3e}\"";

#[test]
fn changes_of_events_have_the_effects_of_endpoints() {
    for (program, file, effect, expected) in [
        (
            format!("EVENT_UNIT_STATUS {PLUS}"),
            "EVENT_UNIT_STATUS Free".to_owned(),
            Effect::Breaks,
            "raised   event EVENT_UNIT_STATUS: Free -> Plus | <yearly>; Free can no longer receive it",
        ),
        (
            format!("EVENT_UNIT_STATUS {PLUS}"),
            "EVENT_UNIT_STATUS Pro".to_owned(),
            Effect::GivesAway,
            "lowered  event EVENT_UNIT_STATUS: Pro -> Plus | <yearly>; Plus | <yearly> can now receive it",
        ),
        (
            "event Note Pro\n".to_owned(),
            String::new(),
            Effect::Neutral,
            "added    event Note: Pro",
        ),
        (
            "event Note Pro\n".to_owned(),
            "event Note Pro\nevent Old Free\n".to_owned(),
            Effect::Breaks,
            "removed  event Old: was Free",
        ),
        (
            format!("EVENT_CALL_NEW Pro until_version 3 {PLUS}"),
            format!("EVENT_CALL_NEW {PLUS}"),
            Effect::Neutral,
            "grandfathered event EVENT_CALL_NEW: Plus | <yearly> -> Pro (Plus | <yearly> with a plan version below 3); Plus | <yearly> with a plan version from 3 on or none can no longer receive it",
        ),
        (
            "EVENT_TALK - feature radio".to_owned(),
            "EVENT_TALK Free or_feature radio".to_owned(),
            Effect::Breaks,
            "raised   event EVENT_TALK: Free or Radio -> Radio; every tier without Radio can no longer receive it",
        ),
        (
            " Pro enforced Free".to_owned(),
            " Free".to_owned(),
            Effect::Neutral,
            "observed event =EVENT_CALL_<CLOSE>: Free -> Pro (only Free is enforced for now); Free, Plus | <yearly> would not receive it",
        ),
    ] {
        let old = LOCK.replace(&program, &file);
        assert_ne!(old, LOCK, "{program}");
        let (diff, text) = changes_since(&old);
        assert_eq!(text, expected);
        assert_eq!(diff.changes()[0].effect(), effect, "{expected}");
    }
    // An observed tier is enforced from now on.
    let enforced = LOCK.replace(" Pro enforced Free", " Pro");
    let diff = Diff::between(
        &Snapshot::from_lock(LOCK).unwrap(),
        &Snapshot::from_lock(&enforced).unwrap(),
    );
    let [Change::Enforced { new, callers, .. }] = diff.changes() else {
        panic!("{diff}")
    };
    assert!(new.is_event());
    assert_eq!(callers, &["Free", "Plus | <yearly>"]);
    assert!(diff.has(Effect::Breaks));
}

#[test]
fn a_renamed_event_is_a_removed_and_an_added_event() {
    let old = LOCK.replace("event Note", "event Notice");
    let (_, text) = changes_since(&old);
    assert_eq!(
        text,
        "removed  event Notice: was Pro\nadded    event Note: Pro"
    );
    // An event never becomes an endpoint.
    let old = LOCK.replace("event Note Pro\n", "gate - - Pro Note\n");
    let (_, text) = changes_since(&old);
    assert_eq!(text, "removed   (Note): was Pro\nadded    event Note: Pro");
    // Receivers don't know in which module the server defines an event.
    let mut moved: Value = serde_json::from_str(&Api::json()).unwrap();
    moved["events"][0]["module"] = json!("elsewhere");
    moved["events"][0]["summary"] = json!("Another text.");
    let moved = Snapshot::from_json(&moved.to_string()).unwrap();
    assert!(Diff::between(&moved, &Snapshot::of::<Api>()).is_empty());
}

#[test]
fn release_notes_call_events_events() {
    let old = LOCK
        .replace("gate /units GET Free", "gate /units GET Pro")
        .replace(
            &format!("EVENT_UNIT_STATUS {PLUS}"),
            "EVENT_UNIT_STATUS Free",
        )
        .replace("event Note", "event `Notice`")
        .replace(
            "EVENT_CALL_NEW Pro until_version 3",
            "EVENT_CALL_NEW Pro until_version 2",
        );
    let (diff, _) = changes_since(&old);
    assert_eq!(
        diff.release_notes(),
        r"### Removed events

- `` `Notice` ``

### Now require a higher tier

- Event `EVENT_UNIT_STATUS`: Plus \| &lt;yearly&gt;, was Free

### Now available in a lower tier

- GET `/units`: Free, was Pro
- Event `EVENT_CALL_NEW`: Pro (Plus \| &lt;yearly&gt; with a plan version below 3), was Pro (Plus \| &lt;yearly&gt; with a plan version below 2)

### New events

- `Note`: Pro
"
    );
    // Only the order of the tiers changes.
    let [old, new] = [("3", "4"), ("4", "3")].map(|(plus, pro)| {
        let lock =
            format!("version 4\ntier 0 Free\ntier {plus} Plus\ntier {pro} Pro\nevent E Pro\n");
        Snapshot::from_lock(&lock).unwrap()
    });
    let notes = Diff::between(&old, &new).release_notes();
    assert!(
        notes.contains("- Event `E`: Pro; Plus can now receive it\n"),
        "{notes}"
    );
}

#[test]
fn tables_contain_every_event_and_escape_texts() {
    let markdown = Api::markdown();
    let events = r"
| Event | Minimum tier | Summary |
| --- | --- | --- |
| `EVENT_UNIT_STATUS` | Plus \| &lt;yearly&gt; | A unit has a \*new\* status \| &lt;b&gt;. |
| `EVENT_TALK` | Radio |  |
| `EVENT_CALL_NEW` | Pro (Plus \| &lt;yearly&gt; with a plan version below 3) | A call was created. |
| `=EVENT_CALL_<CLOSE>` | Pro |  |
| `Note` | Pro | Deprecated. |
";
    assert!(markdown.ends_with(events), "{markdown}");
    assert_eq!(
        Api::events_csv(),
        "name,required_tier,required_rank,summary,module,required_feature,feature_rule,until_versions\r\n\
        EVENT_UNIT_STATUS,Plus | <yearly>,3,A unit has a *new* status | <b>.,event_documents,,,\r\n\
        EVENT_TALK,,,,event_documents,radio,only,\r\n\
        EVENT_CALL_NEW,Pro,4,A call was created.,event_documents,,,3: Plus | <yearly>\r\n\
        '=EVENT_CALL_<CLOSE>,Pro,4,,event_documents,,,\r\n\
        Note,Pro,4,,event_documents,,,\r\n"
    );
    assert!(!Api::csv().contains("EVENT"));
    let typescript = Api::typescript();
    for part in [
        "  readonly \"EVENT_TALK\": FeatureGatedEvent<\"radio\", \"EVENT_TALK\">;\n",
        "  /** @deprecated */\n  readonly \"Note\": GatedEvent<\"Pro\", \"Note\", null>;\n",
        "  \"=EVENT_CALL_\\u{3c}CLOSE\\u{3e}\": { name: \"=EVENT_CALL_\\u{3c}CLOSE\\u{3e}\", requiredTier: \"Pro\", requiredRank: 4, ",
    ] {
        assert!(typescript.contains(part), "{part}\n{typescript}");
    }
    let page = Api::html();
    for part in [
        "1 endpoint and 5 events, with the lowest subscription tier that may call or receive each of them.",
        "<a href=\"#event-event_unit_status\">EVENT_UNIT_STATUS</a></th><td role=\"cell\" class=\"summary\">A unit has a *new* status | &#60;b&#62;.</td><td role=\"cell\" class=\"tier\">Plus | &#60;yearly&#62;</td>",
        ">=EVENT_CALL_&#60;CLOSE&#62;</a>",
        "<span class=\"deprecated\">Deprecated</span>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for document in [&markdown, &typescript, &page, &Api::events_csv()] {
        assert!(!document.contains("nforced"), "{document}");
    }
}

#[test]
fn the_page_shows_active_overrides_of_events() {
    let december = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200);
    let overrides = Overrides::of::<Api>().with_clock(move || december - Duration::from_secs(1));
    let entries = [
        Override::require("EVENT_UNIT_STATUS", Tier::Free)
            .until(december)
            .because("a <secret> reason"),
        Override::close("EVENT_CALL_NEW").until(december),
    ];
    overrides.replace(1, entries).unwrap();
    let page = Page::new(&Snapshot::of::<Api>())
        .overrides(&overrides)
        .render();
    let row = |id: &str| {
        let start = page.find(&format!("id=\"{id}\"")).unwrap();
        let row = &page[start..];
        &row[..row.find("</tr>").unwrap()]
    };
    let status = row("event-event_unit_status");
    assert!(status.contains("data-from=\"0\""), "{status}");
    let until = "until <time datetime=\"2026-12-01T00:00:00Z\">1 December 2026</time>, then Plus | &#60;yearly&#62;";
    assert!(status.contains(until), "{status}");
    let new = row("event-event_call_new");
    assert!(new.contains("Closed until <time"), "{new}");
    assert!(!page.contains("secret"));
}

fn webhook<'a>(document: &'a Value, event: &str) -> &'a Value {
    &document["webhooks"][event]["post"]
}

#[test]
fn events_are_webhooks_with_payloads() {
    let snapshot = Snapshot::of::<Api>();
    let export = Export::new(&snapshot)
        .event_schema::<UnitStatus>()
        .event_schema::<CallEvent>()
        .event_schema_as::<Talk<'_>, Message<Place>>();
    let document = export.document_json();
    let names: Vec<&str> = document["webhooks"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names.len(), 5);
    let status = webhook(&document, "EVENT_UNIT_STATUS");
    assert_eq!(status["x-required-tier"], "Plus | <yearly>");
    assert_eq!(
        status["description"],
        "Requires the tier `Plus | <yearly>`."
    );
    assert_eq!(status["summary"], "A unit has a *new* status | <b>.");
    // The receiver of a webhook doesn't check tiers.
    assert_eq!(
        status["responses"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["2XX"]
    );
    assert_eq!(
        status["requestBody"],
        json!({
            "required": true,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/UnitStatus" } } },
        })
    );
    let new = webhook(&document, "EVENT_CALL_NEW");
    assert_eq!(new["x-until-version"][0]["version"], 3);
    assert_eq!(
        new["requestBody"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/CallEvent"
    );
    assert_eq!(webhook(&document, "Note")["deprecated"], true);
    let talk = webhook(&document, "EVENT_TALK");
    assert_eq!(talk["x-feature-rule"], "only");
    assert_eq!(talk["description"], "Requires the add-on `Radio`.");
    let schema = &talk["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(
        schema["properties"]["data"]["$ref"],
        "#/components/schemas/Place"
    );
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names: Vec<_> = schemas.keys().collect();
    assert_eq!(names, ["CallEvent", "Place", "TierProblem", "UnitStatus"]);
    let close = webhook(&document, "=EVENT_CALL_<CLOSE>");
    assert_eq!(close["x-required-tier"], "Pro");
    assert!(!document.to_string().contains("nforced"));

    // utoipa's types represent the same document.
    let text = export.document().to_json().unwrap();
    let of_utoipa: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(of_utoipa["webhooks"], document["webhooks"]);
    assert_eq!(of_utoipa["components"], document["components"]);
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Place)))]
struct Document;

#[test]
fn merging_adds_webhooks_to_documents_of_utoipa() {
    use utoipa::OpenApi as _;
    let snapshot = Snapshot::of::<Api>();
    let export = Export::new(&snapshot).event_schema::<UnitStatus>();
    let mut document = Document::openapi();
    let merged = export.merge(&mut document);
    assert_eq!(
        merged.to_string(),
        "GET /units (units) is not in the document"
    );
    let json = |document: &utoipa::openapi::OpenApi| -> Value {
        serde_json::from_str(&document.to_json().unwrap()).unwrap()
    };
    let once = json(&document);
    let _ = export.merge(&mut document);
    assert_eq!(json(&document), once, "merging twice is merging once");
    let json = once;
    assert_eq!(json["webhooks"], export.document_json()["webhooks"]);
    assert!(json["components"]["schemas"]["UnitStatus"].is_object());

    // A later release has fewer events.
    let later = Snapshot::of::<Calls>();
    let _ = Export::new(&later).merge(&mut document);
    assert_eq!(document.webhooks.as_ref().unwrap().paths.len(), 3);
    let _ = Export::new(&Snapshot::default()).merge(&mut document);
    assert!(document.webhooks.is_none());

    // The author of the document describes an event.
    let mut own: Value = serde_json::from_str(&Document::openapi().to_json().unwrap()).unwrap();
    own["webhooks"] = json!({
        "EVENT_UNIT_STATUS": { "put": { "description": "Own words.", "responses": {} } },
        "other": { "post": { "description": "Another webhook.", "responses": {} } },
    });
    own["webhooks"]["EVENT_TALK"] = json!({ "summary": "Own summary." });
    let mut document: utoipa::openapi::OpenApi = serde_json::from_value(own.clone()).unwrap();
    let _ = export.merge(&mut document);
    let mut later = document.clone();
    let _ = Export::new(&Snapshot::of::<Calls>()).merge(&mut later);
    let talk = &later.webhooks.unwrap().paths["EVENT_TALK"];
    assert!(talk.post.is_none() && talk.summary.is_some());
    let json: Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
    assert_eq!(json["webhooks"]["other"], own["webhooks"]["other"]);
    let status = &json["webhooks"]["EVENT_UNIT_STATUS"];
    assert_eq!(
        status["put"]["description"],
        "Own words.\n\nRequires the tier `Plus | <yearly>`."
    );
    assert_eq!(status["put"]["x-required-tier"], "Plus | <yearly>");
    assert!(status["put"]["requestBody"].is_object());
    assert_eq!(status.get("post"), None);
}

/// Runs a command of the program. Returns the exit code, and the output or the error.
fn run(cli: &Cli, arguments: &[&str]) -> (u8, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = arguments.iter().map(Into::into);
    let code = cli.run_with(arguments, &mut output, &mut errors);
    let text = String::from_utf8([output, errors].concat()).unwrap();
    (code.unwrap(), text)
}

#[test]
fn the_command_line_prints_and_compares_events() {
    let cli = Cli::new::<Api>();
    for (format, expected) in [
        ("markdown", Api::markdown()),
        ("events-csv", Api::events_csv()),
        ("typescript", Api::typescript()),
        ("json", Api::json()),
        ("html", Api::html()),
    ] {
        let (code, text) = run(&cli, &["catalogue", "--format", format]);
        assert_eq!((code, text.trim_end()), (0, expected.trim_end()));
    }
    let (_, openapi) = run(&cli, &["catalogue", "--format=openapi"]);
    assert!(openapi.contains("\"EVENT_UNIT_STATUS\": {"), "{openapi}");
    let file = std::env::temp_dir().join(format!("tiergate-events-{}", std::process::id()));
    let path = file.to_str().unwrap();
    let diff = |old: &str| {
        std::fs::write(&file, old).unwrap();
        run(&cli, &["diff", path, "--fail-on", "breaking"])
    };
    assert_eq!(diff(LOCK), (0, "no changes\n".to_owned()));
    assert_eq!(diff(&Api::json()), (0, "no changes\n".to_owned()));
    let lower = LOCK.replace(
        &format!("EVENT_UNIT_STATUS {PLUS}"),
        "EVENT_UNIT_STATUS Free",
    );
    let (code, text) = diff(&lower);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.starts_with("raised   event EVENT_UNIT_STATUS"),
        "{text}"
    );
    let without_note = LOCK.replace("event Note Pro\n", "");
    assert_eq!(
        diff(&without_note),
        (0, "added    event Note: Pro\n".to_owned())
    );
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn the_command_line_explains_events() {
    let at = "--at=2026-12-05T00:00:00Z";
    let cli = Cli::new::<Api>();
    assert_eq!(
        run(&cli, &["explain", "EVENT_UNIT_STATUS", "--tier", "Free", at]),
        (
            1,
            "refused with 403 tier_too_low: `EVENT_UNIT_STATUS` requires the tier Plus | <yearly>; the caller has Free\n\
             requires: the tier Plus | <yearly>\n\
             caller: the tier Free\n\
             at: 2026-12-05T00:00:00Z\n\
             overrides: none installed\n"
                .to_owned()
        )
    );
    // The quota counts calls, and nobody calls an event.
    let (code, text) = run(&cli, &["explain", "EVENT_UNIT_STATUS", "--tier=Pro", at]);
    assert!(code == 0 && !text.contains("quota"), "{text}");
    let (_, text) = run(&cli, &["explain", "units", "--tier=Pro", at]);
    assert!(text.contains("quota"), "{text}");
    let (code, text) = run(
        &cli,
        &["explain", "EVENT_TALK", "--tier=Pro", "--feature=radio", at],
    );
    assert!(
        code == 0 && text.starts_with("allowed: `EVENT_TALK`\n"),
        "{text}"
    );
    let overrides = Overrides::of::<Api>();
    overrides
        .replace(1, [Override::close("EVENT_TALK").by("ops")])
        .unwrap();
    let cli = cli.overrides(&overrides);
    let (code, text) = run(
        &cli,
        &["explain", "EVENT_TALK", "--tier=Pro", "--feature=radio", at],
    );
    assert!(
        code == 1
            && text.contains("endpoint_closed")
            && text.contains("override: close, set by \"ops\""),
        "{text}"
    );
    // A recorded decision about an event is made again.
    let (_, json) = run(
        &cli,
        &["explain", "EVENT_TALK", "--tier=Pro", "--format=json", at],
    );
    let record: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        record["endpoint"],
        json!({ "name": "EVENT_TALK", "method": null, "path": null })
    );
    let file = std::env::temp_dir().join(format!("tiergate-event-{}", std::process::id()));
    std::fs::write(&file, json).unwrap();
    let (code, text) = run(&cli, &["explain", "--replay", file.to_str().unwrap()]);
    assert!(
        code == 0 && text.contains("the results are the same"),
        "{text}"
    );
    std::fs::remove_file(&file).unwrap();
    let (code, text) = run(&cli, &["explain", "EVENT_TALKS", "--tier=Pro"]);
    assert_eq!(code, 2);
    assert!(
        text.contains("no endpoint or event of the catalogue"),
        "{text}"
    );
}

mod two_events_with_one_name {
    #[derive(tiergate::Event)]
    #[event(super::other::Tier::Free)]
    pub(super) struct Changed;
}

mod other {
    #[derive(Clone, Copy, tiergate::Tier)]
    pub(super) enum Tier {
        Free,
    }

    #[derive(tiergate::Event)]
    #[event(Tier::Free)]
    pub(super) struct Changed;

    /// A catalogue without a list can contain two events with one name.
    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = Tier)]
    pub(super) struct Api;
}

#[test]
fn two_events_with_one_name_are_reported() {
    let audit = other::Api::audit().to_string();
    assert!(
        audit.starts_with("the events `Changed` at ") && audit.contains("have the same name"),
        "{audit}"
    );
    let typescript = other::Api::typescript();
    assert!(
        typescript.contains("\"Changed (2)\": { name: \"Changed\""),
        "{typescript}"
    );
    let locked = std::panic::catch_unwind(|| other::Api::assert_locked("events.lock"));
    let message = *locked.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("cannot distinguish two of its events"),
        "{message}"
    );
    let _ = (two_events_with_one_name::Changed, other::Changed);
}
