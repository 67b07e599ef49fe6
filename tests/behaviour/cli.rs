//! The commands `catalogue` and `diff`, and documents of earlier releases.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tiergate::cli::Cli;
use tiergate::snapshot::EndpointRow;
use tiergate::{Catalogue, Snapshot, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = 0,
    Plus = 3,
}

/// Lists units.
#[requires_tier(Plus, get = "/units")]
fn units() {}

#[requires_tier(public = "all may", get = "/health")]
fn health() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, health))]
struct Api;

/// Returns the exit code, the output and the errors, or `None` if the arguments are no command.
fn run_on(cli: &Cli, arguments: &[&str]) -> Option<(u8, String, String)> {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = arguments.iter().map(OsString::from);
    let code = cli.run_with(arguments, &mut output, &mut errors)?;
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Some((code, text(output), text(errors)))
}

fn run(arguments: &[&str]) -> Option<(u8, String, String)> {
    run_on(&Cli::new::<Api>(), arguments)
}

/// Writes a file whose name contains the process id.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tiergate-{}-{name}", std::process::id()));
    fs::write(&path, text).expect("a file");
    path
}

#[test]
fn a_catalogue_is_printed_in_each_format() {
    for (format, expected) in [
        ("markdown", Api::markdown()),
        ("csv", Api::csv()),
        ("typescript", Api::typescript()),
        ("json", Api::json()),
        ("html", Api::html()),
        ("openapi", Api::openapi().to_pretty_json().unwrap()),
    ] {
        let joined = format!("--format={format}");
        for arguments in [
            &["catalogue", "--format", format][..],
            &["catalogue", &joined],
        ] {
            let (code, output, errors) = run(arguments).unwrap();
            assert_eq!((code, errors.as_str()), (0, ""), "{format}");
            assert!(output.ends_with('\n'), "{format}");
            // The order of members in OpenAPI documents may differ.
            let is_same = match format {
                "openapi" => parsed(&output) == parsed(&expected),
                _ => output.trim_end() == expected.trim_end(),
            };
            assert!(is_same, "{format}");
        }
    }
    assert_eq!(run(&["catalogue"]).unwrap().1, Api::markdown());
    assert_eq!(Tier::Plus.rank(), 3);
}

fn parsed(document: &str) -> serde_json::Value {
    serde_json::from_str(document).unwrap()
}

#[test]
fn other_arguments_are_left_to_the_server() {
    assert_eq!(run(&[]), None);
    assert_eq!(run(&["serve", "catalogue"]), None);
    assert_eq!(run(&["--help"]), None);
}

#[test]
fn mistakes_print_the_usage() {
    for (arguments, complaint) in [
        (
            &["catalogue", "--format", "xml"][..],
            "unknown format \"xml\"",
        ),
        (&["catalogue", "--format"], "--format needs a value"),
        (
            &["catalogue", "--format", "csv", "--format=csv"],
            "--format was given twice",
        ),
        (&["catalogue", "--fast"], "unexpected argument \"--fast\""),
        (&["catalogue", "file"], "unexpected argument \"file\""),
        (&["diff"], "diff needs an earlier catalogue to compare with"),
        (&["diff", "a", "b"], "unexpected argument \"b\""),
        (&["diff", "/no/such/file"], "/no/such/file: No such file"),
        (
            &["catalogue", "--fail-on=any"],
            "unexpected argument \"--fail-on=any\"",
        ),
        (&["catalogue", "-"], "unexpected argument \"-\""),
        (&["diff", "a", "--fail-on"], "--fail-on needs a value"),
    ] {
        let (code, output, errors) = run(arguments).unwrap();
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.starts_with(complaint), "{arguments:?}: {errors}");
        assert!(
            errors.contains("markdown, csv, events-csv, typescript, json, html, openapi"),
            "{errors}"
        );
    }
    let (code, usage, _) = run(&["diff", "--help"]).unwrap();
    assert!(code == 0 && usage.contains("diff OLD [--format text|markdown]"));
}

#[test]
fn differences_are_printed_and_set_the_exit_code() {
    let same = file("same.json", &Api::json());
    let same = same.to_str().unwrap();
    assert_eq!(
        run(&["diff", same]),
        Some((0, "no changes\n".to_owned(), String::new()))
    );

    let lock = Snapshot::of::<Api>().to_lock();
    let old = lock.replace("GET Plus units", "GET Free units");
    let old = file("old.lock", &old);
    let old = old.to_str().unwrap();
    let open = "open /health GET health \"all may\"";
    let given_away = lock.replace(open, "gate /health GET Plus health");
    let given_away = file("given_away.lock", &given_away);
    let given_away = given_away.to_str().unwrap();
    let (code, text, _) = run(&["diff", old]).unwrap();
    let raised = "raised   GET /units (units): Free -> Plus; Free can no longer call it\n";
    assert_eq!((code, text.as_str()), (1, raised));
    let (code, notes, _) = run(&["diff", old, "--format", "markdown"]).unwrap();
    let expected = "### Now require a higher tier\n\n- GET `/units`: Plus, was Free\n";
    assert_eq!((code, notes.as_str()), (1, expected));

    // For a pipeline that accepts changes that break no customer.
    for (path, code) in [(same, 0), (old, 1), (given_away, 0)] {
        let found = run(&["diff", path, "--fail-on", "breaking"]).unwrap();
        assert_eq!(found.0, code, "{path}: {}", found.1);
    }
    assert_eq!(run(&["diff", given_away, "--fail-on=any"]).unwrap().0, 1);
    let (code, _, errors) = run(&["diff", same, "--fail-on=never"]).unwrap();
    assert_eq!(code, 2);
    assert!(errors.starts_with("unknown value \"never\" for --fail-on"));

    for (name, text, complaint) in [
        (
            "list.json",
            "[]",
            "not a catalogue in JSON: expected an object",
        ),
        (
            "table.csv",
            "method,path\n",
            "read as a lock file, because it is not JSON: line 1: expected `tier",
        ),
    ] {
        let path = file(name, text);
        let (code, _, errors) = run(&["diff", path.to_str().unwrap()]).unwrap();
        assert_eq!(code, 2);
        assert!(errors.contains(complaint), "{errors}");
        fs::remove_file(path).unwrap();
    }

    let broken = file("broken.json", "{}");
    let (code, _, errors) = run(&["diff", broken.to_str().unwrap()]).unwrap();
    assert_eq!(code, 2);
    assert!(
        errors.contains("not a catalogue in JSON: missing field `version`"),
        "{errors}"
    );
    for path in [same, old, given_away, broken.to_str().unwrap()] {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_application_can_add_and_replace_formats() {
    let cli = Cli::new::<Api>()
        .format("count", |snapshot| snapshot.endpoints().len().to_string())
        .format("csv", |_| "own".to_owned());
    assert_eq!(
        run_on(&cli, &["catalogue", "--format=count"]).unwrap().1,
        "2\n"
    );
    assert_eq!(
        run_on(&cli, &["catalogue", "--format=csv"]).unwrap().1,
        "own\n"
    );
    assert!(cli.usage().contains("openapi, count"));
}

/// An output to which every write fails.
struct Fails(ErrorKind);

impl Write for Fails {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    for (kind, code, complaint) in [
        (ErrorKind::BrokenPipe, 0, ""),
        (ErrorKind::StorageFull, 2, "cannot write the output: "),
    ] {
        let mut errors = Vec::new();
        let arguments = ["catalogue".into()];
        let found = Cli::new::<Api>().run_with(arguments, &mut Fails(kind), &mut errors);
        assert_eq!(found, Some(code));
        let errors = String::from_utf8(errors).unwrap();
        assert!(errors.starts_with(complaint), "{errors}");
        assert_eq!(errors.is_empty(), complaint.is_empty(), "{errors}");
    }
}

/// The test below runs this one in a process with a separate standard input.
#[test]
#[ignore = "another test runs it"]
fn diff_reads_standard_input() {
    let (code, text, errors) = run(&["diff", "-"]).unwrap();
    assert_eq!((code, errors.as_str()), (1, ""), "{text}");
    assert_eq!(text, "removed  GET /old (old): was Plus\n");
}

#[test]
fn an_earlier_catalogue_can_be_piped_in() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["cli::diff_reads_standard_input", "--exact", "--ignored"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lock = Snapshot::of::<Api>().to_lock();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lock.as_bytes()).unwrap();
    input.write_all(b"gate /old GET Plus old\n").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

/// The first release wrote these files. Never change them.
#[test]
fn catalogues_of_the_first_release_can_be_read() {
    let text = include_str!("cli/catalogue-version-1.json");
    let snapshot = Snapshot::from_json(text).unwrap();
    let rewritten = text.replace("\"version\": 1", "\"version\": 2");
    let rewritten = rewritten.replace("\"endpoints\"", "\"features\": [],\n  \"endpoints\"");
    assert_eq!(snapshot.to_json(), rewritten.trim_end());
    let names: Vec<&str> = snapshot.endpoints().iter().map(EndpointRow::name).collect();
    assert_eq!(
        names,
        [
            "units",
            "new `unit` | \"x\"",
            "health",
            "remove_unit",
            "generic"
        ]
    );
    assert_eq!(snapshot.tiers()[2].name(), "Pro | One");
    assert_eq!(
        snapshot.endpoints()[2].public_reason(),
        Some("health checks have no account")
    );
}
