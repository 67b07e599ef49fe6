//! The documents, the lock file and the audit of a program with add-ons, older plans, an observed tier and
//! overrides.

use std::time::{Duration, SystemTime};
use tiergate::{
    Catalogue, Endpoint, FeatureRule, Finding, Override, Overrides, Snapshot, requires_feature,
    requires_tier,
};

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
    #[add_on(key = "cam", name = "Body <camera>")]
    BodyCam,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free = 0,
    #[tier(name = "Team", alias = "Standard")]
    Plus = 3,
    Pro = 4,
}

#[requires_tier(Plus, feature = BodyCam, get = "/and")]
fn and() {}

#[requires_tier(Plus, or_feature = Radio, get = "/or")]
fn or() {}

#[requires_feature(Radio, get = "/only")]
fn only() {}

#[requires_tier(Pro, until_version(3, Plus), get = "/older")]
fn older() {}

#[requires_tier(Pro, enforced = Free, get = "/observed")]
fn observed() {}

#[requires_tier(public = "health checks have no account", get = "/health")]
fn health() {}

#[requires_feature(Radio, get = "/unlisted")]
#[allow(dead_code)]
fn unlisted() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(and, or, only, older, observed, health))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Registered;

fn names<'a>(endpoints: impl Iterator<Item = &'a Endpoint>) -> Vec<&'static str> {
    endpoints.map(Endpoint::name).collect()
}

#[test]
fn a_tier_alone_opens_no_add_on() {
    assert_eq!(names(Api::available_to(Tier::Free)), ["observed", "health"]);
    assert_eq!(
        names(Api::available_to(Tier::Plus)),
        ["or", "observed", "health"]
    );
    assert_eq!(
        names(Api::available_to(Tier::Pro)),
        ["or", "older", "observed", "health"]
    );
}

#[test]
fn rows_contain_what_the_attributes_declare() {
    let snapshot = Snapshot::of::<Api>();
    let row = |name: &str| {
        let mut endpoints = snapshot.endpoints().iter();
        endpoints.find(|row| row.name() == name).unwrap()
    };
    let features = snapshot.features().iter();
    let features: Vec<_> = features.map(|row| (row.key(), row.name())).collect();
    assert_eq!(features, [("radio", "Radio"), ("cam", "Body <camera>")]);
    let aliases: Vec<_> = snapshot.tiers()[1].aliases().collect();
    assert_eq!(aliases, ["Plus", "Standard"]);
    assert_eq!(row("and").feature_rule(), FeatureRule::AndTier);
    assert_eq!(row("and").required_feature_name(), Some("Body <camera>"));
    let only = row("only");
    assert_eq!((only.required_tier(), only.public_reason()), (None, None));
    assert!(!only.is_public() && row("health").is_public());
    assert_eq!(row("older").versions().collect::<Vec<_>>(), [(3, "Team")]);
    assert_eq!(row("observed").enforced_tier(), Some("Free"));
}

#[test]
fn the_lock_contains_every_requirement() {
    let snapshot = Snapshot::of::<Api>();
    let lock = snapshot.to_lock();
    let expected = "\
version 2
tier 0 Free
tier 3 Team alias Plus Standard
tier 4 Pro
feature radio Radio
feature cam \"Body \\u{3c}camera\\u{3e}\"
open /health GET health \"health checks have no account\"
gate /and GET Team and feature cam
gate /observed GET Pro observed enforced Free
gate /older GET Pro older until_version 3 Team
gate /only GET - only feature radio
gate /or GET Team or or_feature radio
";
    assert!(lock.ends_with(expected), "{lock}");
    assert_eq!(Snapshot::from_json(&Api::json()), Ok(snapshot));
}

#[test]
fn documents_for_customers_state_declared_requirements() {
    let documents = [
        Api::markdown(),
        Api::csv(),
        Api::typescript(),
        Api::html(),
        Api::openapi().to_json().unwrap(),
        Snapshot::of::<Api>().without_enforced_tiers().to_json(),
    ];
    for document in documents {
        assert!(!document.contains("nforced"), "{document}");
        assert!(document.contains("Pro"), "{document}");
    }
    let markdown = Api::markdown();
    for cell in [
        "| `/and` | Team + Body &lt;camera&gt; |",
        "| `/or` | Team or Radio |",
        "| `/only` | Radio |",
        "| `/older` | Pro (Team with a plan version below 3) |",
        "| `/observed` | Pro |",
    ] {
        assert!(markdown.contains(cell), "{markdown}");
    }
}

#[test]
fn the_page_shows_active_overrides_only() {
    let december = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200);
    let now = december - Duration::from_secs(60);
    let overrides = Overrides::of::<Api>().with_clock(move || now);
    let entries = [
        Override::require("older", Tier::Free)
            .until(december)
            .by("secret author")
            .because("secret reason"),
        Override::require("and", Tier::Free).until(now),
        Override::close("only"),
        Override::grant("secret-customer", "observed").until(december),
        Override::observe("or", Tier::Pro).until(december),
    ];
    overrides.replace(1, entries).unwrap();
    let page = Api::html_with(&overrides);
    let time = "<time datetime=\"2026-12-01T00:00:00Z\">1 December 2026</time>";
    let older = format!(
        ">Free<span class=\"note\">until {time}, then Pro (Team with a plan version below 3)</span>"
    );
    assert!(page.contains(&older), "{page}");
    assert!(page.contains(">Radio<span class=\"note\">Closed for now</span>"));
    assert!(
        page.contains(">Team + Body &#60;camera&#62;</td>"),
        "{page}"
    );
    assert_eq!(page.matches("class=\"note\"").count(), 2);
    assert!(!page.contains("secret"), "{page}");
}

#[test]
fn the_audit_reports_unlisted_endpoints_that_require_only_an_add_on() {
    let audit = Api::audit();
    let findings = audit.findings();
    let [Finding::Unlisted(endpoint)] = findings else {
        panic!("{audit}");
    };
    assert_eq!(endpoint.name(), "unlisted");
    assert!(names(Registered::endpoints().iter()).contains(&"unlisted"));
    Registered::audit().assert_clean();
}
