//! The limits that the command `explain` shows.

use std::ffi::OsString;
use std::fs;
use std::time::{Duration, SystemTime};
use tiergate::cli::Cli;
use tiergate::{Catalogue, Override, Overrides, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(
    Free,
    get = "/search",
    limit(Free = "3/minute", Plus = "60/minute; 5000/day", Pro = "unlimited")
)]
fn search() {}

#[requires_tier(Plus, post = "/export", cost = 20)]
fn export() {}

#[requires_tier(Free, get = "/usage", cost = 0)]
fn usage() {}

#[requires_tier(public = "all may", get = "/health")]
fn health() {}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(search, export, usage, self::health),
    quota(Free = "100/day", Plus = "9000/day")
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export, search))]
struct WithoutQuota;

/// The end of the overrides, half a second after midnight.
fn end() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_764_547_200_500)
}

fn overrides() -> Overrides<Tier> {
    let overrides = Overrides::of::<Api>();
    let limit = Override::limit("customer-7", "search", "7/second;600/minute");
    let quota = Override::quota("customer-7", "15/day");
    let installed = overrides.replace(
        3,
        [
            limit
                .until(end())
                .by("support")
                .because("ticket \"4711\"\n"),
            quota.until(end()),
        ],
    );
    installed.expect("valid overrides");
    overrides
}

fn explain(cli: &Cli, arguments: &[&str]) -> String {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["explain"].iter().chain(arguments).map(OsString::from);
    let code = cli.run_with(arguments, &mut output, &mut errors);
    assert!(code.is_some_and(|code| code < 2), "{errors:?}");
    String::from_utf8(output).expect("text")
}

/// Returns the lines about limits.
fn limits(cli: &Cli, arguments: &[&str]) -> Vec<String> {
    let explanation = explain(cli, arguments);
    let is_about_limits = |line: &&str| {
        ["limit: ", "quota: ", "cost: "]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let lines = explanation.lines().filter(is_about_limits);
    lines.map(str::to_owned).collect()
}

#[test]
fn the_limits_of_each_tier_are_shown() {
    let cli = Cli::new::<Api>();
    for (arguments, expected) in [
        (
            &["search", "--tier=Free"][..],
            &["limit: 3/minute", "quota: 100/day"][..],
        ),
        (
            &["search", "--tier=Plus"],
            &["limit: 60/minute; 5000/day", "quota: 9000/day"],
        ),
        (
            &["search", "--tier=Pro"],
            &["limit: unlimited", "quota: 9000/day"],
        ),
        (
            &["search", "--tier=Free", "--anonymous"],
            &["limit: 3/minute", "quota: 100/day"],
        ),
        (
            &["search", "--tier=Plus", "--until=2025-01-01T00:00:00Z"],
            &["limit: 3/minute", "quota: 100/day"],
        ),
        (
            &["export", "--tier=Plus"],
            &["quota: 9000/day", "cost: 20 units of the quota"],
        ),
        (
            &["usage", "--tier=Plus"],
            &["quota: 9000/day", "cost: nothing of the quota"],
        ),
        (&["search", "--unknown"], &[]),
        (&["health", "--tier=Plus"], &[]),
    ] {
        assert_eq!(limits(&cli, arguments), expected, "{arguments:?}");
    }
    let without_quota = Cli::new::<WithoutQuota>();
    let expected = ["limit: 3/minute"];
    assert_eq!(limits(&without_quota, &["search", "--tier=Free"]), expected);
    assert!(limits(&without_quota, &["export", "--tier=Plus"]).is_empty());
}

#[test]
fn an_override_is_shown_with_its_origin_until_its_end() {
    let cli = Cli::new::<Api>().overrides(&overrides());
    let before = "--at=2025-12-01T00:00:00.499999999Z";
    let customer = ["--tier=Plus", "--id=customer-7"];
    let of = |endpoint, at| [&[endpoint][..], &customer, &[at]].concat();
    assert_eq!(
        explain(&cli, &of("search", before)),
        "allowed: `search` (GET /search)\n\
         requires: the tier Free\n\
         caller: the tier Plus, id \"customer-7\"\n\
         at: 2025-12-01T00:00:00Z\n\
         limit: 7/second; 600/minute instead of 60/minute; 5000/day until 2025-12-01T00:00:00Z, \
         set by \"support\" because \"ticket \\\"4711\\\"\\n\"\n\
         quota: 15/day instead of 9000/day until 2025-12-01T00:00:00Z\n"
    );
    assert_eq!(
        limits(&cli, &of("export", before)),
        [
            "quota: 15/day instead of 9000/day until 2025-12-01T00:00:00Z",
            "cost: 20 units of the quota, which never allows such a call"
        ]
    );
    let usual = ["limit: 60/minute; 5000/day", "quota: 9000/day"];
    assert_eq!(
        limits(&cli, &of("search", "--at=2025-12-01T00:00:00.5Z")),
        usual
    );
    let another = ["search", "--tier=Plus", "--id=customer-8", before];
    assert_eq!(limits(&cli, &another), usual);
}

#[test]
fn limits_in_json_contain_the_exact_end_and_can_be_replayed() {
    let cli = Cli::new::<Api>().overrides(&overrides());
    let arguments = [
        "search",
        "--tier=Plus",
        "--id=customer-7",
        "--at=2025-11-30T00:00:00Z",
        "--format=json",
    ];
    let json = explain(&cli, &arguments);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let expected = serde_json::json!({
        "endpoint": {
            "limits": "7/second; 600/minute",
            "instead_of": "60/minute; 5000/day",
            "until": "2025-12-01T00:00:00.500000000Z",
            "by": "support",
            "because": "ticket \"4711\"\n",
        },
        "quota": {
            "limits": "15/day",
            "instead_of": "9000/day",
            "until": "2025-12-01T00:00:00.500000000Z",
            "by": null,
            "because": null,
        },
        "cost": 1,
    });
    assert_eq!(value["limits"], expected);
    let path = std::env::temp_dir().join(format!("tiergate-limits-{}.json", std::process::id()));
    fs::write(&path, json).expect("a file");
    let replayed = explain(&cli, &["--replay", path.to_str().expect("text")]);
    fs::remove_file(&path).expect("the file");
    assert!(
        replayed.ends_with("\nthe results are the same\n"),
        "{replayed}"
    );
    let health = explain(&cli, &["health", "--tier=Plus", "--format=json"]);
    assert!(!health.contains("limits"), "{health}");
}

#[test]
fn the_installed_overrides_of_limits_are_listed() {
    let cli = Cli::new::<Api>().overrides(&overrides());
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["overrides", "list"].map(OsString::from);
    let code = cli.run_with(arguments, &mut output, &mut errors);
    assert_eq!(code, Some(0), "{errors:?}");
    assert_eq!(
        String::from_utf8(output).expect("text"),
        "version 3, 2 overrides\n\
         1. limit \"search\" to \"7/second;600/minute\" for \"customer-7\" until 2025-12-01T00:00:00Z, \
         set by \"support\" because \"ticket \\\"4711\\\"\\n\" (ended)\n\
         2. quota \"15/day\" for \"customer-7\" until 2025-12-01T00:00:00Z (ended)\n"
    );
}
