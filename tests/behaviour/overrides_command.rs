//! The command `overrides`.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tiergate::cli::Cli;
use tiergate::{Catalogue, Override, Overrides, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

/// Lists units.
#[requires_tier(Plus, get = "/units")]
fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units))]
struct Api;

/// Returns the exit code, the output and the errors.
fn run(cli: &Cli, arguments: &[&str]) -> (u8, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = arguments.iter().map(Into::into);
    let code = cli.run_with(arguments, &mut output, &mut errors);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code.expect("a command"), text(output), text(errors))
}

/// Writes a file, checks it, and returns the exit code and the output.
fn check(name: &str, text: &str) -> (u8, String) {
    let name = format!("tiergate-check-{}-{name}.toml", std::process::id());
    let path: PathBuf = std::env::temp_dir().join(name);
    fs::write(&path, text).expect("a file");
    let file = path.to_str().expect("a path");
    let (code, output, errors) = run(&Cli::new::<Api>(), &["overrides", "check", file]);
    fs::remove_file(&path).expect("the file");
    assert_eq!(errors, "");
    let output = output.strip_prefix(&format!("{file}: "));
    (code, output.expect("the file's path").to_owned())
}

#[test]
fn a_valid_file_is_described() {
    let file = r#"
        version = 7
        [[override]]
        kind = "close"
        endpoint = "GET /units"
        until = 2025-01-01T00:00:00Z
        [[override]]
        kind = "require"
        endpoint = "units"
        tier = "Free"
        until = 9999-01-01T00:00:00Z
        because = "say \"hello\u001b\""
    "#;
    let expected = "valid, version 7, 2 overrides\n\
        1. close \"GET /units\" until 2025-01-01T00:00:00Z (ended)\n\
        2. require Free for \"units\" until 9999-01-01T00:00:00Z, because \"say \\\"hello\\u{1b}\\\"\"\n";
    assert_eq!(check("valid", file), (0, expected.to_owned()));
    let empty = "valid, version 0, 0 overrides\n";
    assert_eq!(check("empty", "version = 0"), (0, empty.to_owned()));
}

#[test]
fn an_invalid_file_is_an_error_with_the_override_and_the_reason() {
    for (name, file, expected) in [
        ("syntax", "version = 7\n[[override", "line 2: "),
        (
            "endpoint",
            "version = 7\n[[override]]\nkind = \"close\"\nendpoint = \"unit\"",
            "override 1 (close \"unit\"): no endpoint of the catalogue has this name or route",
        ),
        (
            "end",
            "version = 7\n[[override]]\nkind = \"require\"\nendpoint = \"units\"\ntier = \"Free\"",
            "override 1 (require Free for \"units\"): the end is missing",
        ),
        (
            "tier",
            "version = 7\n[[override]]\nkind = \"require\"\nendpoint = \"units\"\ntier = \"Gold\"",
            "override 1 (require \"units\"): `tier`: unknown tier \"Gold\"; expected one of: Free, Plus",
        ),
    ] {
        let (code, output) = check(name, file);
        assert_eq!(code, 1, "{output}");
        assert!(output.starts_with(expected), "{output}");
    }
}

#[test]
fn the_installed_overrides_are_listed() {
    let overrides = Overrides::of::<Api>();
    let cli = Cli::new::<Api>().overrides(&overrides);
    let list = || run(&cli, &["overrides", "list"]);
    let none = "no overrides are installed\n";
    assert_eq!(list(), (0, none.to_owned(), String::new()));

    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let ended = Override::grant("customer-7", "units").until(end);
    let closed = Override::close("units").by("ops");
    overrides
        .replace(3, [ended, closed])
        .expect("valid overrides");
    let two = "version 3, 2 overrides\n\
        1. grant \"units\" to \"customer-7\" until 1970-01-01T00:00:01Z (ended)\n\
        2. close \"units\", set by \"ops\"\n";
    assert_eq!(list(), (0, two.to_owned(), String::new()));
}

#[test]
fn mistakes_print_the_usage() {
    let cli = Cli::new::<Api>();
    for (arguments, complaint) in [
        (&[][..], "overrides needs a command; use check or list"),
        (&["show"], "overrides needs a command; use check or list"),
        (&["check"], "overrides check needs the path of a file"),
        (&["check", "a", "b\n"], "unexpected argument \"b\\n\""),
        (&["list", "a"], "unexpected argument \"a\""),
        (
            &["list"],
            "this program passes no overrides to `Cli::overrides`",
        ),
        (&["check", "/no/such/file"], "/no/such/file: No such file"),
    ] {
        let arguments: Vec<&str> = ["overrides"].iter().chain(arguments).copied().collect();
        let (code, output, errors) = run(&cli, &arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.starts_with(complaint), "{arguments:?}: {errors}");
        assert!(errors.contains("overrides check FILE"), "{errors}");
    }
    let (code, output, _) = run(&cli, &["overrides", "check", "--help"]);
    assert_eq!((code, output), (0, cli.usage()));
}
