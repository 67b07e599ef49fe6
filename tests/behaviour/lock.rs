//! The lock file: a test fails if the program's tiers differ from the file, reports the changes, and
//! updates the file on request.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = 0,
    Plus = 3,
    #[tier(name = "Pro (yearly)")]
    Pro = 4,
}

#[requires_tier(Free, get = "/units/{id}")]
fn unit() {}

#[requires_tier(Plus, post = "/units")]
fn new_unit() {}

#[requires_tier(Pro, delete = "/units/{id}")]
fn remove_unit() {}

#[requires_tier(Plus)]
fn report() {}

#[requires_tier(public = "health checks have no account", get = "/health")]
fn health() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit, new_unit, remove_unit, report, health))]
struct Api;

/// The lock file of the program.
const LOCK: &str = "\
# The tier that each endpoint requires. A test compares the program with this file.
# To accept a change, run: TIERGATE_UPDATE=1 cargo test
# To merge branches without conflicts, add to .gitattributes: tiers.lock merge=union
version 2
tier 0 Free
tier 3 Plus
tier 4 \"Pro (yearly)\" alias Pro
open /health GET health \"health checks have no account\"
gate - - Plus report lock
gate /units POST Plus new_unit
gate /units/{id} DELETE \"Pro (yearly)\" remove_unit
gate /units/{id} GET Free unit
";

/// The tests below run this one in a separate process and package.
#[test]
#[ignore = "the other tests run it"]
fn locked() {
    Api::assert_locked("tiers.lock");
}

/// A package with or without a lock file.
struct Package(PathBuf);

impl Package {
    fn new(lock: Option<&str>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "tiergate-lock-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::SeqCst)
        );
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        if let Some(lock) = lock {
            fs::write(folder.join("tiers.lock"), lock).expect("a file");
        }
        Self(folder)
    }

    /// Runs the test in this package. Returns its message if it fails.
    fn test(&self, update: Option<&str>) -> Result<(), String> {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args(["locked", "--exact", "--ignored", "--nocapture"])
            .env("CARGO_MANIFEST_DIR", &self.0)
            .env_remove("TIERGATE_UPDATE")
            .env_remove("RUST_BACKTRACE");
        if let Some(update) = update {
            command.env("TIERGATE_UPDATE", update);
        }
        let output = command.output().expect("this program runs");
        let ran = String::from_utf8_lossy(&output.stdout).contains("running 1 test");
        assert!(ran, "the inner test did not run");
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.0.join("tiers.lock")).expect("a lock file")
    }

    fn git(&self, arguments: &[&str]) {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let output = Command::new("git")
            .current_dir(&self.0)
            .args(who)
            .args(arguments)
            .output()
            .expect("git runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {text}");
    }

    fn commit(&self, lock: &str) {
        fs::write(self.0.join("tiers.lock"), lock).expect("a file");
        self.git(&["add", "."]);
        self.git(&["commit", "-qm", "tiers"]);
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_matching_file_passes() {
    assert_eq!(tiergate::Snapshot::of::<Api>().to_lock(), LOCK);
    Package::new(Some(LOCK)).test(None).unwrap();
    let windows = LOCK.replace('\n', "\r\n");
    Package::new(Some(&windows)).test(None).unwrap();
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).is_absolute());
}

#[test]
fn every_kind_of_change_fails_and_is_named() {
    let dropped = |line: &str| (line.to_owned(), String::new());
    let became = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    for ((program, file), expected) in [
        (
            dropped("gate /units POST Plus new_unit\n"),
            "added    POST /units (new_unit): Plus",
        ),
        (
            dropped("open /health GET health \"health checks have no account\"\n"),
            "added    GET /health (health): public (\"health checks have no account\")",
        ),
        (
            became(
                "gate /units POST",
                "gate /old GET Plus old\ngate /units POST",
            ),
            "removed  GET /old (old): was Plus",
        ),
        (
            became("/units POST Plus", "/dispatch POST Plus"),
            "moved    POST /dispatch -> POST /units (new_unit)",
        ),
        (
            became("/units POST Plus", "/units PUT Plus"),
            "moved    PUT /units -> POST /units (new_unit)",
        ),
        (
            became("/units/{id} GET", "/units/{unit} GET"),
            "moved    GET /units/{unit} -> GET /units/{id} (unit)",
        ),
        (
            became("gate - - Plus report lock", "gate - - Plus report other"),
            "moved    other -> lock (report)",
        ),
        (
            became("/units POST Plus", "/units POST Free"),
            "raised   POST /units (new_unit): Free -> Plus; Free can no longer call it",
        ),
        (
            became(
                "gate /units POST Plus new_unit",
                "open /units POST new_unit \"a, b\"",
            ),
            "raised   POST /units (new_unit): public (\"a, b\") -> Plus; Free, callers without a subscription can no longer call it",
        ),
        (
            became("GET Free unit", "GET \"Pro (yearly)\" unit"),
            "lowered  GET /units/{id} (unit): Pro (yearly) -> Free; Free, Plus can now call it",
        ),
        (
            became(
                "open /health GET health \"health checks have no account\"",
                "gate /health GET Plus health",
            ),
            "lowered  GET /health (health): Plus -> public (\"health checks have no account\"); Free, callers without a subscription can now call it",
        ),
        (
            became("Plus new_unit", "Plus create_unit"),
            "renamed  POST /units (new_unit): was create_unit",
        ),
        (
            became("checks have no", "checks had no"),
            "reworded GET /health (health): public (\"health checks have no account\"), was public (\"health checks had no account\")",
        ),
        (
            became("tier 0 Free\n", "tier 0 Free\ntier 1 Gone\n"),
            "removed  tier Gone (rank 1)",
        ),
        (
            became("\"Pro (yearly)\"", "Pro"),
            "renamed  tier Pro -> Pro (yearly)",
        ),
        (
            became("tier 3 Plus", "tier 1 Plus"),
            "ranked   tier Plus: rank 1 -> 3",
        ),
    ] {
        let lock = LOCK.replace(&program, &file);
        assert_ne!(lock, LOCK, "{program}");
        let package = Package::new(Some(&lock));
        let complaint = package.test(None).expect_err(expected);
        let changes: Vec<&str> = complaint
            .split("\n\n")
            .nth(1)
            .unwrap_or_default()
            .lines()
            .collect();
        assert_eq!(changes, [expected], "{complaint}");
        assert!(
            complaint.contains("TIERGATE_UPDATE=1 cargo test"),
            "{complaint}"
        );
        assert_eq!(package.lock(), lock, "a failing test writes nothing");
        for off in ["", "0", "false", "no"] {
            package.test(Some(off)).expect_err("an update that is off");
        }
        assert_eq!(package.lock(), lock, "an update that is off writes nothing");
        package.test(Some("1")).unwrap();
        assert_eq!(package.lock(), LOCK);
    }
}

#[test]
fn a_missing_file_fails_until_it_is_written() {
    let package = Package::new(None);
    let complaint = package.test(None).unwrap_err();
    assert!(
        complaint
            .contains("tiers.lock does not exist; run `TIERGATE_UPDATE=1 cargo test` to create it")
    );
    package.test(Some("1")).unwrap();
    assert_eq!(package.lock(), LOCK);
    package.test(None).unwrap();
}

#[test]
fn an_invalid_file_fails() {
    let package = Package::new(Some("not a lock file"));
    let complaint = package.test(None).unwrap_err();
    assert!(
        complaint.contains("line 1: expected `tier RANK NAME`"),
        "{complaint}"
    );
    let package = Package::new(None);
    fs::write(package.0.join("tiers.lock"), b"version 1 \xff").unwrap();
    let complaint = package.test(None).unwrap_err();
    assert!(
        complaint.contains("not UTF-8: invalid utf-8"),
        "{complaint}"
    );
    package.test(Some("true")).unwrap();
    assert_eq!(package.lock(), LOCK);
    let package = Package::new(None);
    fs::create_dir(package.0.join("tiers.lock")).unwrap();
    assert!(package.test(None).unwrap_err().contains("cannot read"));
    assert!(package.test(Some("1")).is_err());
}

#[test]
fn branches_that_add_endpoints_merge_without_conflicts() {
    let without = |lines: &[&str]| -> String {
        let kept = LOCK.split_inclusive('\n');
        kept.filter(|line| !lines.contains(&line.trim_end()))
            .collect()
    };
    // Adjacent lines, which git can't merge without `merge=union`.
    let one = "gate /units/{id} DELETE \"Pro (yearly)\" remove_unit";
    let other = "gate /units/{id} GET Free unit";
    let package = Package::new(None);
    fs::write(package.0.join(".gitattributes"), "tiers.lock merge=union\n").unwrap();
    package.git(&["init", "-q", "-b", "main"]);
    package.commit(&without(&[one, other]));
    package.git(&["switch", "-qc", "one"]);
    package.commit(&without(&[other]));
    package.git(&["switch", "-qc", "other", "main"]);
    package.commit(&without(&[one]));
    package.git(&["merge", "-q", "--no-edit", "one"]);
    package.test(None).unwrap();

    // If both branches change one line, a person must decide.
    package.git(&["switch", "-qc", "raises", "other"]);
    package.commit(&LOCK.replace("GET Free unit", "GET Plus unit"));
    package.git(&["switch", "-qc", "raises_more", "other"]);
    package.commit(&LOCK.replace("GET Free unit", "GET \"Pro (yearly)\" unit"));
    package.git(&["merge", "-q", "--no-edit", "raises"]);
    let complaint = package.test(None).unwrap_err();
    assert!(
        complaint.contains("describe the same endpoint; keep one of them"),
        "{complaint}"
    );
}

#[test]
fn the_tiers_of_this_file_are_used() {
    assert!(Tier::Pro.allows(Tier::Plus) && Tier::Plus.allows(Tier::Free));
}
