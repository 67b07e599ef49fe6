//! Lock files: text files under version control that record which tier each endpoint and event requires.

mod declared;
mod event_line;
mod limit_words;
mod reader;
mod requirement_words;
mod words;
mod writer;

use crate::snapshot::Snapshot;
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::matched_endpoints::key;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::rows::EndpointRow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// If this environment variable is `1` or `true`, `assert_locked` writes the lock file.
const UPDATE_VARIABLE: &str = "TIERGATE_UPDATE";

/// Implements [`Catalogue::assert_locked`](crate::Catalogue::assert_locked).
///
/// # Errors
/// Returns a message for the developer if the file and the program differ, or if they can't be compared.
pub(crate) fn check(snapshot: &Snapshot, path: &Path) -> Result<(), String> {
    let lock_path = in_package(path);
    let shown_path = lock_path.display();
    if snapshot.endpoints_and_events().next().is_none() {
        return Err(format!(
            "the catalogue is empty, so it cannot be compared with {shown_path}: no handler is annotated, or the linker dropped their crate; annotate the handlers, and use an item of their crate"
        ));
    }
    if let Some((first, second)) = indistinguishable(snapshot) {
        let qualified_name = |row: &EndpointRow| format!("`{}::{}`", row.module(), row.name());
        return Err(format!(
            "the catalogue cannot be locked, because a lock file cannot distinguish two of its {}: {} and {}; call the catalogue's `audit()` to see how to fix this",
            if first.is_event() {
                "events"
            } else {
                "endpoints"
            },
            qualified_name(first),
            qualified_name(second)
        ));
    }
    let program_text = snapshot.to_lock();
    // A lock file doesn't store every value of an endpoint, and values that it doesn't store must not be
    // compared. Converting the program's catalogue to lock file text and reading this text removes them.
    let program = Snapshot::from_lock(&program_text)
        .map_err(|error| format!("the catalogue cannot be locked: {error}"))?;
    let file = match fs::read(&lock_path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read {shown_path}: {error}")),
    };
    let is_current = file
        .as_deref()
        .and_then(|file| str::from_utf8(file).ok())
        .is_some_and(|file| file.lines().eq(program_text.lines()));
    if env::var_os(UPDATE_VARIABLE).is_some_and(|value| value == "1" || value == "true") {
        if is_current {
            return Ok(());
        }
        return fs::write(&lock_path, program_text)
            .map_err(|error| format!("cannot write {shown_path}: {error}"));
    }
    let Some(file) = file else {
        return Err(format!(
            "{shown_path} does not exist; run `{UPDATE_VARIABLE}=1 cargo test` to create it"
        ));
    };
    let locked = str::from_utf8(&file)
        .map_err(|error| SnapshotError::new(format!("not UTF-8: {error}")))
        .and_then(Snapshot::from_lock)
        .map_err(|error| {
            format!(
                "{shown_path}: {error}\nTo replace the file, run `{UPDATE_VARIABLE}=1 cargo test`"
            )
        })?;
    let diff = Diff::between(&locked, &program);
    if diff.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the program and {shown_path} differ:\n\n{diff}\n\nIf the change is intended, run `{UPDATE_VARIABLE}=1 cargo test` to update the file, and have its change reviewed"
    ))
}

/// Returns the first two endpoints or events that a lock file can't distinguish from each other, if there are
/// any.
fn indistinguishable(snapshot: &Snapshot) -> Option<(&EndpointRow, &EndpointRow)> {
    let mut rows_by_key = HashMap::new();
    let mut rows = snapshot.endpoints_and_events();
    rows.find_map(|row| Some((rows_by_key.insert(key(row), row)?, row)))
}

/// Resolves a relative path, such as `tiers.lock`, against the folder of the package whose test is
/// running.
fn in_package(path: &Path) -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => Path::new(&package).join(path),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::snapshot::rows::EndpointRow;
    use crate::snapshot::{Snapshot, SnapshotError};
    use std::path::Path;

    const TIERS: &str = "version 2\ntier 0 Free\ntier 3 \"Pro | One\"\n";

    fn read(lines: &str) -> Result<Snapshot, String> {
        Snapshot::from_lock(&format!("{TIERS}{lines}")).map_err(|error| error.to_string())
    }

    #[test]
    fn all_names_survive_a_round_trip() {
        let mut snapshot = read("gate /a GET Free a\n").unwrap();
        for name in [
            "",
            "-",
            "a b",
            "#",
            "\"\\\n\r\t\u{202e}\u{0}",
            "é",
            "<<<<<<<",
            "\u{2028}",
        ] {
            for route in [None, Some(("GET".to_owned(), format!("/{name}")))] {
                snapshot.endpoints[0].name = name.to_owned();
                snapshot.endpoints[0].route = route;
                let lock = snapshot.to_lock();
                assert_eq!(Snapshot::from_lock(&lock), Ok(snapshot.clone()), "{lock}");
                assert!(lock.is_ascii() || name == "é", "{lock}");
            }
        }
    }

    #[test]
    fn requirements_survive_a_round_trip() {
        let text = "\
version 2
tier 0 Free
tier 3 Plus alias \"\" - alias \"Team #1\"
tier 4 -
feature \"a \\u{202e}key\" \"\"
feature radio Radio
gate - - - enforced alias feature radio
gate - - - or_feature \"feature\" feature radio
gate - - Free feature until_version
gate /a GET Plus a feature \"a \\u{202e}key\" until_version 2 Free until_version 5 Plus enforced Free
gate /b GET \"-\" b or_feature radio enforced \"-\"
";
        let text = text
            .replace("tier 4 -", "tier 4 \"-\"")
            .replace(" - alias", " \"-\" alias");
        let text = text.replace("enforced alias feature", "enforced \"alias\" feature");
        let text = text.replace(
            "Free feature until_version",
            "Free feature \"until_version\"",
        );
        let snapshot = Snapshot::from_lock(&text).unwrap();
        assert!(
            snapshot.to_lock().ends_with(&text),
            "{}",
            snapshot.to_lock()
        );
        assert_eq!(
            Snapshot::from_lock(&snapshot.to_lock()),
            Ok(snapshot.clone())
        );
        let modules: Vec<_> = snapshot
            .endpoints()
            .iter()
            .map(EndpointRow::module)
            .collect();
        assert_eq!(modules, ["alias", "feature", "until_version", "", ""]);
    }

    #[test]
    fn limits_survive_a_round_trip() {
        let text = "\
version 3
tier 0 Free
tier 3 Plus
tier 4 \"a \\\" tier\"
feature radio Radio
quota 100/day from Plus \"60/minute; 5000/day\" from \"a \\\" tier\" unlimited
gate - - - report \"limit\" feature radio limit 1/second
gate - - Plus report \"cost\" cost 0
gate - - Plus report \"from\" limit 1/second from \"a \\\" tier\" 2/second
gate /a GET Free a limit 10/minute from Plus unlimited cost 20
gate /b GET Plus b or_feature radio until_version 2 Free enforced Free limit 10/minute from Plus 5/day
";
        let snapshot = Snapshot::from_lock(text).unwrap();
        assert!(snapshot.to_lock().ends_with(text), "{}", snapshot.to_lock());
        assert_eq!(Snapshot::from_lock(&snapshot.to_lock()), Ok(snapshot));
    }

    #[test]
    fn events_survive_a_round_trip() {
        let text = "\
version 4
tier 0 Free
tier 3 feature
feature radio Radio
open /h GET h \"why\"
gate /a GET Free a limit 10/minute
event \"a \\u{202e}name\" feature
event EVENT_A - feature radio
event EVENT_B feature feature radio
event EVENT_C feature or_feature radio until_version 2 Free enforced Free
event feature Free
";
        let snapshot = Snapshot::from_lock(text).unwrap();
        assert_eq!(snapshot.events().len(), 5);
        assert!(snapshot.to_lock().ends_with(text), "{}", snapshot.to_lock());
        assert!(
            snapshot
                .to_lock()
                .starts_with("# The tier that each endpoint and event requires. A test")
        );
        assert_eq!(Snapshot::from_lock(&snapshot.to_lock()), Ok(snapshot));
    }

    #[test]
    fn events_need_version_4() {
        for version in [1, 2, 3] {
            let text = format!("version {version}\ntier 0 Free\ngate /a GET Free a\n");
            let snapshot = Snapshot::from_lock(&text).unwrap();
            assert!(snapshot.events().is_empty());
            assert!(snapshot.to_lock().contains("\nversion 2\n"));
            let merged = format!("{text}event E Free\n");
            assert_eq!(
                Snapshot::from_lock(&merged).unwrap_err().to_string(),
                format!(
                    "line 4: a file of version {version} can't contain this line; change the version to 4"
                )
            );
            // A union merge keeps the version lines of both branches.
            let merged = format!("{merged}version 4\n");
            assert_eq!(Snapshot::from_lock(&merged).unwrap().events().len(), 1);
        }
    }

    #[test]
    fn equivalent_limits_are_written_in_one_way() {
        for (options, written) in [
            ("limit 10/minute from Plus 10/minute", " limit 10/minute"),
            (
                "limit \"5000/day;60/minute\"",
                " limit \"60/minute; 5000/day\"",
            ),
            ("limit unlimited from Plus unlimited", ""),
            ("cost 1", ""),
        ] {
            let tiers = "version 3\ntier 0 Free\ntier 3 Plus\n";
            let text = format!("{tiers}gate /a GET Free name {options}\n");
            let lock = Snapshot::from_lock(&text).unwrap().to_lock();
            let end = format!("gate /a GET Free name{written}\n");
            assert!(lock.ends_with(&end), "{lock}");
        }
    }

    #[test]
    fn files_of_version_1_are_read() {
        let text = "version 1\ntier 0 Free\ngate - - Free x feature\ngate /a GET Free a\n";
        let snapshot = Snapshot::from_lock(text).unwrap();
        assert_eq!(snapshot.endpoints()[0].module(), "feature");
        assert_eq!(snapshot.tiers()[0].aliases, None);
        // A union merge keeps the version lines of both branches.
        let merged = format!("{text}version 2\n");
        assert!(Snapshot::from_lock(&merged).is_ok());
        let quota = "quota 100/day";
        for version in [1, 2] {
            let text = text.replace("version 1", &format!("version {version}"));
            for line in [
                quota,
                "gate /b GET Free b limit 60/minute",
                "gate /b GET Free b cost 2",
            ] {
                let error = Snapshot::from_lock(&format!("{text}{line}\n")).unwrap_err();
                let expected = format!(
                    "line 5: a file of version {version} can't contain this line; change the version to 3"
                );
                assert_eq!(error.to_string(), expected);
            }
            // A union merge keeps the version lines of both branches.
            assert!(Snapshot::from_lock(&format!("{text}{quota}\nversion 3\n")).is_ok());
        }
        for line in [
            "tier 1 Plus alias Team",
            "feature radio Radio",
            "gate /b GET Free b enforced Free",
        ] {
            let error = Snapshot::from_lock(&format!("{text}{line}\n")).unwrap_err();
            assert_eq!(
                error.to_string(),
                "line 5: a file of version 1 can't contain this line; change the version to 2"
            );
        }
    }

    #[test]
    fn the_order_of_lines_and_repeated_lines_do_not_matter() {
        let sorted = "open /h GET h \"why\"\ngate /a GET Free a\ngate /b GET \"Pro | One\" b\n";
        let merged =
            format!("gate /b GET \"Pro | One\" b\r\n{TIERS}\n# note\ngate /a GET Free a\n{sorted}");
        let snapshot = Snapshot::from_lock(&merged).unwrap();
        assert_eq!(snapshot.to_lock(), read(sorted).unwrap().to_lock());
        assert!(snapshot.to_lock().ends_with(sorted));
        let marked = format!("\u{feff}{TIERS}{sorted}");
        assert_eq!(
            Snapshot::from_lock(&marked),
            read(sorted).map_err(SnapshotError::new)
        );
    }

    #[test]
    fn errors_name_the_line() {
        for (lines, expected) in [
            ("gate /a GET Free\n", "line 4: expected `tier RANK NAME`"),
            (
                "gate /a GET Free a b c\n",
                "line 4: unexpected \"c\"; after the endpoint's name, write `feature KEY`",
            ),
            (
                "gate /a GET - a\n",
                "line 4: expected a required tier, an add-on, or both",
            ),
            (
                "gate /a GET - a or_feature radio\nfeature radio Radio\n",
                "line 4: expected a required tier, an add-on, or both",
            ),
            (
                "gate /a GET Free a feature drone\n",
                "line 4: the add-on \"drone\" is not defined; add a line `feature KEY NAME`",
            ),
            (
                "gate /a GET Free a feature radio or_feature radio\n",
                "line 4: unexpected \"or_feature\"",
            ),
            (
                "gate /a GET Free a until_version x Free\n",
                "line 4: expected a plan version, found \"x\"",
            ),
            (
                "gate /a GET Free a until_version 2 Free until_version 2 Free\n",
                "line 4: the plan versions must be greater than 0 and must increase",
            ),
            (
                "gate /a GET Free a until_version 2\n",
                "line 4: unexpected \"until_version\"",
            ),
            (
                "gate /a GET Free a enforced Gold\n",
                "line 4: the tier \"Gold\" is not defined",
            ),
            (
                "gate /a GET Free a enforced \"Pro | One\"\n",
                "line 4: the tiers of older plan versions and the enforced tier must not be higher",
            ),
            (
                "feature a A\nfeature a B\n",
                "two lines define the add-on \"a\"; keep one of them",
            ),
            ("tier 5 Max Premium\n", "line 4: expected `tier RANK NAME`"),
            ("tier x Gold\n", "line 4: expected a rank, found \"x\""),
            (
                "tier 3 Gold\n",
                "two lines define the tier Gold or the rank 3",
            ),
            ("tier 4 Free\n", "two lines define the tier Free"),
            (
                "gate /a GET Gold a\n",
                "line 4: the tier \"Gold\" is not defined",
            ),
            ("gate /a - Free a\n", "line 4: a method needs a path"),
            ("gate /a BREW Free a\n", "line 4: unknown method"),
            ("gate a GET Free a\n", "line 4: the path does not start"),
            (
                "gate /a GET Free \"a\n",
                "line 4: a quoted text has no closing quote",
            ),
            ("gate /a GET Free \"\\x\"\n", "line 4: unknown escape"),
            ("gate /a GET Free \"\\u{d800}\"\n", "line 4: `\\u{…}`"),
            ("version 5\n", "line 4: the file has format version 5"),
            ("<<<<<<< HEAD\n", "line 4: unresolved merge conflict"),
            (
                "gate /a/{x} GET Free a\ngate /a/{y} GET \"Pro | One\" a\n",
                "lines 4 and 5 describe the same endpoint; keep one of them",
            ),
        ] {
            let error = read(lines).unwrap_err();
            assert!(error.starts_with(expected), "{lines}: {error}");
        }
        let error = Snapshot::from_lock("").unwrap_err().to_string();
        assert_eq!(error, "not a lock file: the line `version 2` is missing");
    }

    #[test]
    fn errors_in_events_name_the_line() {
        for (lines, expected) in [
            ("event E\n", "line 4: expected `tier RANK NAME`"),
            (
                "event E -\n",
                "line 4: expected a required tier, an add-on, or both",
            ),
            ("event E Gold\n", "line 4: the tier \"Gold\" is not defined"),
            (
                "event E Free limit 1/day\n",
                "line 4: unexpected \"limit\"; after the event's tier, write `feature KEY`",
            ),
            (
                "event E Free module\n",
                "line 4: unexpected \"module\"; after the event's tier, write `feature KEY`",
            ),
            (
                "event E Free until_version x Free\n",
                "line 4: expected a plan version, found \"x\"",
            ),
            (
                "event E Free\nevent E \"Pro | One\"\n",
                "lines 4 and 5 describe the same event; keep one of them",
            ),
        ] {
            let text = TIERS.replace("version 2", "version 4") + lines;
            let error = Snapshot::from_lock(&text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{lines}: {error}");
        }
    }

    #[test]
    fn errors_in_limits_name_the_line() {
        for (lines, expected) in [
            (
                "gate /a GET Free a limit 60/minutes\n",
                "line 4: `minutes` is not a unit; write `60/minute`",
            ),
            (
                "gate /a GET Free a module limit\n",
                "line 4: limits are missing; write them as in `60/minute`",
            ),
            (
                "gate /a GET Free a limit 1/day limit 2/day\n",
                "line 4: unexpected \"limit\"",
            ),
            (
                "gate /a GET Free a from Free 1/day\n",
                "line 4: unexpected \"from\"",
            ),
            (
                "gate /a GET Free a limit 1/day from Gold 2/day\n",
                "line 4: the tier \"Gold\" is not defined",
            ),
            (
                "gate /a GET Free a limit 1/day from Free 2/day\n",
                "line 4: the limits must be those of different tiers, the lowest tier first",
            ),
            (
                "gate /a GET Free a cost -1\n",
                "line 4: expected a cost, found \"-1\"",
            ),
            (
                "gate /a GET Free a cost 1 cost 2\n",
                "line 4: unexpected \"cost\"",
            ),
            ("quota\n", "line 4: limits are missing"),
            (
                "quota 1/day Free 2/day\n",
                "line 4: unexpected \"Free\"; write the limits of a higher tier as in `from Plus 60/minute`",
            ),
            (
                "quota 1/day\nquota 2/day\n",
                "line 5: lines 4 and 5 both state the quota; keep one of them",
            ),
            (
                "open /a GET a why limit 1/day\n",
                "line 4: expected `tier RANK NAME`",
            ),
        ] {
            let text = TIERS.replace("version 2", "version 4") + lines;
            let error = Snapshot::from_lock(&text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{lines}: {error}");
        }
    }

    #[test]
    fn events_with_the_same_name_cannot_be_locked() {
        let mut snapshot = read("").unwrap();
        let text = TIERS.replace("version 2", "version 4") + "event E Free\n";
        snapshot.events = Snapshot::from_lock(&text).unwrap().events;
        snapshot.events.push(snapshot.events[0].clone());
        let error = check(&snapshot, Path::new("no-such.lock")).unwrap_err();
        assert!(
            error.contains("cannot distinguish two of its events: `::E` and `::E`"),
            "{error}"
        );
        snapshot.events.pop();
        let error = check(&snapshot, Path::new("no-such.lock")).unwrap_err();
        assert!(error.contains("no-such.lock does not exist"), "{error}");
    }

    #[test]
    fn an_empty_catalogue_matches_no_file() {
        let snapshot = read("").unwrap();
        let error = check(&snapshot, Path::new("no-such.lock")).unwrap_err();
        assert!(error.starts_with("the catalogue is empty"), "{error}");
    }
}
