//! What stores log and count.

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};
use tiergate::overrides::TomlOverrides;
use tiergate::{Catalogue, Override, Overrides, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::notes::{Notes, alone};
use tiergate_tests_sources::quota;
use tokio::time::sleep;

#[requires_tier(Plus, post = "/export")]
async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export))]
struct Api;

const CLOSE: &str = "[[override]]\nkind = \"close\"\nendpoint = \"export\"\n";

const REQUIRE: &str = "[[override]]\nkind = \"require\"\nendpoint = \"export\"\ntier = \"Free\"\n\
    until = 9999-01-01T00:00:00Z\nby = \"ops\"\nbecause = \"say \\\"hello\\\"\"\n";

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Returns the path of a file that doesn't exist yet.
fn missing_file(name: &str) -> PathBuf {
    let name = format!("tiergate_{name}_{}.toml", std::process::id());
    std::env::temp_dir().join(name)
}

async fn installs(overrides: &Overrides<Tier>, version: u64) {
    let deadline = Instant::now() + ms(5000);
    while overrides.version() != Some(version) {
        assert!(
            Instant::now() < deadline,
            "version {version}: {overrides:?}"
        );
        sleep(ms(5)).await;
    }
}

#[test]
fn each_problem_is_logged_once_until_it_is_solved() {
    let path = missing_file("logs");
    let lines = Notes::of(async {
        let overrides = Overrides::of::<Api>();
        let file = TomlOverrides::new(&path).interval(ms(10));
        let watcher = tokio::spawn(file.watch(&overrides));
        sleep(ms(700)).await;
        fs::write(&path, format!("version = 1\n{CLOSE}")).expect("the file");
        installs(&overrides, 1).await;
        for _ in 0..2 {
            fs::write(&path, "version = \"\\u001b\"").expect("the file");
            sleep(ms(500)).await;
            fs::remove_file(&path).expect("the file");
            sleep(ms(500)).await;
        }
        fs::write(&path, "version = 0").expect("the file");
        sleep(ms(500)).await;
        fs::write(&path, format!("version = 2\n{REQUIRE}")).expect("the file");
        installs(&overrides, 2).await;
        sleep(ms(100)).await;
        watcher.abort();
    });
    fs::remove_file(&path).expect("the file");
    let path = path.display();
    let expected = [
        format!(
            "ERROR message=the overrides can't be loaded, so the requirements in the attributes apply: {path}: No such file or directory (os error 2) store=\"toml\""
        ),
        "INFO message=override set version=1 endpoint=\"export\" new=\"close \\\"export\\\"\"".to_owned(),
        "INFO message=the overrides are loaded again store=\"toml\" version=1".to_owned(),
        format!(
            "ERROR message=the overrides can't be loaded, so the installed overrides stay in effect: {path}: line 1: invalid type: string \"\\u{{1b}}\", expected u64 store=\"toml\" version=1"
        ),
        format!(
            "ERROR message=the overrides can't be loaded, so the installed overrides stay in effect: {path}: No such file or directory (os error 2) store=\"toml\" version=1"
        ),
        "ERROR message=the overrides can't be loaded, so the installed overrides stay in effect: version 0 of the overrides is older than the installed version 1; use a higher version, or allow older versions with `rollback` or a store's `accept_older_versions` store=\"toml\" version=1".to_owned(),
        r#"INFO message=override set version=2 endpoint="export" by="\"ops\"" because="\"say \\\"hello\\\"\"" new="require Free for \"export\" until 9999-01-01T00:00:00Z, set by \"ops\" because \"say \\\"hello\\\"\"""#.to_owned(),
        "INFO message=override removed version=2 endpoint=\"export\" old=\"close \\\"export\\\"\"".to_owned(),
        "INFO message=the overrides are loaded again store=\"toml\" version=2".to_owned(),
    ];
    assert_eq!(lines, expected, "{lines:#?}");
}

#[test]
fn changes_of_limits_are_logged() {
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    let lines = Notes::of(async {
        let overrides = Overrides::of::<quota::Api>();
        let limit = |limits| Override::limit("customer-7", "limited", limits).until(end);
        let raised = Override::quota("customer-7", "9000/day").until(end);
        let raised = raised.by("support\n");
        overrides
            .replace(1, [limit("600/minute"), raised])
            .expect("valid overrides");
        // The other limit is written differently, and has the same meaning.
        overrides
            .replace(2, [limit("7/second;600/minute")])
            .expect("valid overrides");
        overrides
            .replace(3, [limit("600/minute; 7/second")])
            .expect("valid overrides");
    });
    let expected = [
        r#"INFO message=override set version=1 endpoint="limited" new="limit \"limited\" to \"600/minute\" for \"customer-7\" until 2030-01-01T00:00:00Z""#,
        r#"INFO message=override set version=1 by="\"support\\n\"" new="quota \"9000/day\" for \"customer-7\" until 2030-01-01T00:00:00Z, set by \"support\\n\"""#,
        r#"INFO message=override set version=2 endpoint="limited" old="limit \"limited\" to \"600/minute\" for \"customer-7\" until 2030-01-01T00:00:00Z" new="limit \"limited\" to \"7/second;600/minute\" for \"customer-7\" until 2030-01-01T00:00:00Z""#,
        r#"INFO message=override removed version=2 old="quota \"9000/day\" for \"customer-7\" until 2030-01-01T00:00:00Z, set by \"support\\n\"""#,
    ];
    assert_eq!(lines, expected, "{lines:#?}");
}

#[test]
fn versions_and_failures_are_counted() {
    let path = missing_file("counters");
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        alone(async {
            let overrides = Overrides::of::<Api>();
            let file = TomlOverrides::new(&path).interval(ms(10));
            let watcher = tokio::spawn(file.watch(&overrides));
            sleep(ms(400)).await;
            for text in [
                format!("version = 7\n{CLOSE}"),
                "version".to_owned(),
                "version = 3".to_owned(),
            ] {
                fs::write(&path, text).expect("the file");
                sleep(ms(500)).await;
            }
            watcher.abort();
        });
    });
    fs::remove_file(&path).expect("the file");
    let mut version = None;
    let mut failures = Vec::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let labels: Vec<_> = key
            .key()
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        match value {
            DebugValue::Gauge(value) if key.key().name() == "tiergate_overrides_version" => {
                version = Some(value.into_inner());
            }
            DebugValue::Counter(count) => {
                assert_eq!(key.key().name(), "tiergate_overrides_failed_total");
                assert!(count > 1, "each failed attempt counts");
                failures.push(labels.join(" "));
            }
            _ => panic!("an unexpected metric"),
        }
    }
    failures.sort();
    assert_eq!(version, Some(7.0));
    let expected = ["invalid", "older_version", "unavailable"];
    assert_eq!(
        failures,
        expected.map(|reason| format!("store=toml reason={reason}"))
    );
}
