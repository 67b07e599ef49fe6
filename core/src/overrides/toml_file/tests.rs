use super::{parse, read_file};
use crate as tiergate;
use std::fs;

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(crate = tiergate)]
enum Tier {
    Free,
    Plus,
}

#[test]
fn a_file_contains_a_version_and_overrides() {
    let empty = parse(b"version = 7").unwrap();
    assert_eq!((empty.version, empty.overrides.len()), (7, 0));
    let file = r#"
        version = 8 # the kill switch of Tuesday

        [[override]]
        kind = "close"
        endpoint = "export"

        [[override]]
        kind = "require"
        endpoint = "POST /export"
        tier = "Free"
        until = 2026-12-01T00:00:00Z
        by = "marketing"

        [[override]]
        kind = "grant"
        endpoint = "export"
        customer = "c-7"
        until = "2026-12-01T00:00:00.5Z"
    "#;
    let snapshot = parse(file.as_bytes()).unwrap();
    assert_eq!(snapshot.version, 8);
    let read = snapshot.read::<Tier>().unwrap();
    let shown: Vec<String> = read.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "close \"export\"",
            "require Free for \"POST /export\" until 2026-12-01T00:00:00Z, set by \"marketing\"",
            "grant \"export\" to \"c-7\" until 2026-12-01T00:00:00Z",
        ]
    );
}

#[test]
fn a_file_that_is_no_set_of_overrides_is_rejected_with_its_line() {
    for (file, expected) in [
        ("", "line 1: missing field `version`"),
        ("version = ", "line 1: "),
        ("version = 7\nversion = 8", "line 2: duplicate key"),
        (
            "\nversion = -7",
            "line 2: invalid value: integer `-7`, expected u64",
        ),
        (
            "version = \"7\"",
            "line 1: invalid type: string \"7\", expected u64",
        ),
        (
            "version = 7.0",
            "line 1: invalid type: floating point `7.0`, expected u64",
        ),
        (
            "version = 7\noverrides = []",
            "line 2: unknown field `overrides`, expected `version` or `override`",
        ),
        (
            "version = 7\n\"a\\u001b[2J\" = 1",
            "line 2: unknown field `a\\u{1b}[2J`, expected `version` or `override`",
        ),
        (
            "version = 7\noverride = [1]",
            "line 2: invalid type: integer `1`, expected an override with fields such as `kind` and `endpoint`",
        ),
        (
            "version = 7\n[override]\nkind = \"close\"",
            "line 2: invalid type: map, expected a sequence",
        ),
        ("version = 7\n\n[[override]]\nkind = \"clo", "line 4: "),
        ("version = 7\n[[overr", "line 2: "),
    ] {
        let error = parse(file.as_bytes()).unwrap_err();
        assert!(error.starts_with(expected), "{file:?}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let error = parse(b"version = 7\n# caf\xe9").unwrap_err();
    assert_eq!(error, "line 2 isn't UTF-8 text");
    let deep = format!("version = 7\na = {}", "[".repeat(100_000));
    assert!(parse(deep.as_bytes()).unwrap_err().len() < 300);
}

#[test]
fn an_invalid_override_is_named_with_its_field() {
    for (fields, expected) in [
        (
            "kind = \"require\"\ntier = 1",
            "override 1 (require \"export\"): `tier` is a number; it must be text",
        ),
        (
            "kind = \"close\"\nuntil = 2026-12-01",
            "override 1 (close \"export\"): `until`: \"2026-12-01\" is not a time in UTC; write it like 2026-12-01T00:00:00Z",
        ),
        (
            "kind = \"close\"\nuntil = 2026-12-01T01:00:00+01:00",
            "override 1 (close \"export\"): `until`: \"2026-12-01T01:00:00+01:00\" is not a time in UTC; write it like 2026-12-01T00:00:00Z",
        ),
        (
            "kind = \"close\"\nby = 2026-12-01T00:00:00Z",
            "override 1 (close \"export\"): `by` is a time; it must be text",
        ),
        (
            "kind = \"close\"\nbecause = true",
            "override 1 (close \"export\"): `because` is a boolean; it must be text",
        ),
        (
            "kind = [\"close\"]",
            "override 1 (for \"export\"): `kind` is a list; it must be text",
        ),
        (
            "kind.close = 1",
            "override 1 (for \"export\"): `kind` is a table; it must be text",
        ),
    ] {
        let file = format!("version = 1\n[[override]]\nendpoint = \"export\"\n{fields}");
        let snapshot = parse(file.as_bytes()).unwrap();
        let error = snapshot.read::<Tier>().unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn only_files_are_read() {
    let folder = std::env::temp_dir();
    assert_eq!(read_file(&folder).unwrap_err(), "this isn't a file");
    let missing = folder.join("tiergate-missing");
    assert!(read_file(&missing).unwrap_err().contains("No such file"));
    let file = folder.join(format!("tiergate-large-{}", std::process::id()));
    let sparse = fs::File::create(&file).unwrap();
    sparse.set_len(super::LARGEST_FILE + 1).unwrap();
    assert!(read_file(&file).unwrap_err().ends_with("bytes"));
    sparse.set_len(3).unwrap();
    assert_eq!(read_file(&file).unwrap(), [0; 3]);
    fs::remove_file(file).unwrap();
}
