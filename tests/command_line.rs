//! The commands `catalogue` and `diff`, and documents of earlier releases.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
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

/// The exit code, the output and the errors of a command; nothing, if it was none.
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

/// A file of this process's own.
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
            assert!(output.trim_end() == expected.trim_end(), "{format}");
        }
    }
    assert_eq!(run(&["catalogue"]).unwrap().1, Api::markdown());
    assert_eq!(Tier::Plus.rank(), 3);
}

#[test]
fn what_is_no_command_is_left_to_the_server() {
    assert_eq!(run(&[]), None);
    assert_eq!(run(&["serve", "catalogue"]), None);
    assert_eq!(run(&["--help"]), None);
}

#[test]
fn mistakes_are_told_with_how_it_is_done() {
    for (arguments, complaint) in [
        (
            &["catalogue", "--format", "xml"][..],
            "unknown format \"xml\"",
        ),
        (&["catalogue", "--format"], "--format needs a value"),
        (
            &["catalogue", "--format", "csv", "--format=csv"],
            "--format is given twice",
        ),
        (&["catalogue", "--fast"], "unexpected argument \"--fast\""),
        (&["catalogue", "file"], "unexpected argument \"file\""),
        (&["diff"], "diff needs the file of the earlier catalogue"),
        (&["diff", "a", "b"], "unexpected argument \"b\""),
        (&["diff", "/no/such/file"], "/no/such/file: No such file"),
    ] {
        let (code, output, errors) = run(arguments).unwrap();
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.starts_with(complaint), "{arguments:?}: {errors}");
        assert!(
            errors.contains("markdown, csv, typescript, json, html, openapi"),
            "{errors}"
        );
    }
    let (code, usage, _) = run(&["diff", "--help"]).unwrap();
    assert!(code == 0 && usage.contains("diff OLD [--format text|markdown]"));
}

#[test]
fn a_difference_is_told_and_is_the_exit_code() {
    let same = file("same.json", &Api::json());
    let same = same.to_str().unwrap();
    assert_eq!(
        run(&["diff", same]),
        Some((0, "no difference\n".to_owned(), String::new()))
    );

    let lock = Snapshot::of::<Api>()
        .to_lock()
        .replace("GET Plus units", "GET Free units");
    let old = file("old.lock", &lock);
    let old = old.to_str().unwrap();
    let (code, text, _) = run(&["diff", old]).unwrap();
    let raised = "raised   GET /units (units): Free -> Plus; Free can no longer call it\n";
    assert_eq!((code, text.as_str()), (1, raised));
    let (code, notes, _) = run(&["diff", old, "--format", "markdown"]).unwrap();
    let expected = "### Now require a higher tier\n\n- GET `/units`: Plus, was Free\n";
    assert_eq!((code, notes.as_str()), (1, expected));

    let broken = file("broken.json", "{}");
    let (code, _, errors) = run(&["diff", broken.to_str().unwrap()]).unwrap();
    assert_eq!(code, 2);
    assert!(
        errors.contains("not a catalogue in JSON: missing field `version`"),
        "{errors}"
    );
    for path in [same, old, broken.to_str().unwrap()] {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_format_of_the_applications_own_is_added_or_replaces_one() {
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

#[test]
fn a_reader_that_goes_away_is_an_error_and_no_panic() {
    struct Gone;
    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut errors = Vec::new();
    let code = Cli::new::<Api>().run_with(["catalogue".into()], &mut Gone, &mut errors);
    assert_eq!(code, Some(2));
    assert!(
        String::from_utf8(errors)
            .unwrap()
            .starts_with("cannot write: ")
    );
}

/// Written by the first release, and never to be changed.
#[test]
fn the_first_version_is_still_read() {
    let text = include_str!("data/catalogue-version-1.json");
    let snapshot = Snapshot::from_json(text).unwrap();
    assert_eq!(snapshot.to_json(), text.trim_end());
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
