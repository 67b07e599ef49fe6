//! The command `explain`.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tiergate::cli::Cli;
use tiergate::{Caller, Catalogue, Decision, Override, Overrides, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = 0,
    Plus = 3,
}

#[requires_tier(Plus, post = "/export")]
fn export() {}

#[requires_tier(Free, get = "/units")]
fn units() {}

#[requires_tier(Free, get = "/old/units", name = "units")]
fn old_units() {}

#[requires_tier(public = "all may", get = "/health")]
fn health() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export, units, old_units, self::health))]
struct Api;

/// Returns the exit code, the output and the errors.
fn run(cli: &Cli, arguments: &[&str]) -> (u8, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = arguments.iter().map(OsString::from);
    let code = cli.run_with(arguments, &mut output, &mut errors);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code.expect("a command"), text(output), text(errors))
}

fn explain(arguments: &[&str]) -> (u8, String, String) {
    let arguments = [&["explain"], arguments].concat();
    run(&Cli::new::<Api>(), &arguments)
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tiergate-{}-{name}", std::process::id()));
    fs::write(&path, text).expect("a file");
    path
}

#[test]
fn a_decision_is_explained() {
    let before = ["--at", "2026-12-04T23:59:59Z"];
    let after = ["--at=2026-12-05T00:00:00Z"];
    let trial = [
        "POST /export",
        "--tier",
        "plus",
        "--id=customer-7",
        "--until",
        "2026-12-05T00:00:00Z",
        "--then=Free",
        "--plan-version",
        "2",
    ];
    let caller = "caller: the tier Plus, id \"customer-7\", plan version 2, \
                  until 2026-12-05T00:00:00Z and then the tier Free\n";
    let (code, text, errors) = explain(&[&trial[..], &before].concat());
    assert_eq!((code, errors.as_str()), (0, ""));
    assert_eq!(
        text,
        format!(
            "allowed: `export` (POST /export)\nrequires: the tier Plus\n{caller}at: 2026-12-04T23:59:59Z\noverrides: none installed\n"
        )
    );
    let (code, text, _) = explain(&[&trial[..], &after].concat());
    assert_eq!(code, 1);
    assert_eq!(
        text,
        format!(
            "refused with 403 tier_too_low: `export` (POST /export) requires the tier Plus; the caller has Free\n\
             requires: the tier Plus\n{caller}at: 2026-12-05T00:00:00Z\noverrides: none installed\n"
        )
    );
}

#[test]
fn each_kind_of_caller_can_be_explained() {
    for (caller, code, beginning) in [
        (&["--tier", "Plus"][..], 0, "allowed: "),
        (&["--tier=Free"], 1, "refused with 403 tier_too_low: "),
        (
            &["--tier=Free", "--anonymous"],
            1,
            "refused with 401 tier_too_low: ",
        ),
        (&["--unknown"], 1, "refused with 401 unknown_caller: "),
        (
            &["--no-subscription"],
            1,
            "refused with 403 no_subscription: ",
        ),
        (
            &["--tier=Plus", "--until=2020-01-01T00:00:00Z"],
            1,
            "refused with 403 subscription_expired: ",
        ),
    ] {
        let (found, text, errors) = explain(&[&["export"], caller].concat());
        assert_eq!((found, errors.as_str()), (code, ""), "{caller:?}");
        assert!(text.starts_with(beginning), "{text}");
    }
    let (code, text, _) = explain(&["health", "--unknown"]);
    assert!(code == 0 && text.contains("requires: nothing, because the endpoint is public"));
}

#[test]
#[allow(clippy::too_many_lines)]
fn mistakes_name_the_valid_values() {
    for (arguments, complaint) in [
        (
            &["export"][..],
            "explain needs a caller; add --unknown, --no-subscription, or --tier with one of: Free, Plus\n",
        ),
        (
            &["--tier=Free"],
            "explain needs an endpoint or an event; write its name or its route, such as \"POST /export\"\n",
        ),
        (
            &["GET /export", "--tier=Free"],
            "no endpoint or event of the catalogue has the name or route \"GET /export\"; use one of: \
             `export` (POST /export), `units` (GET /units), `units` (GET /old/units), `health` (GET /health)\n",
        ),
        (
            &["units", "--tier=Free"],
            "several endpoints of the catalogue are called \"units\"; write the route of one of: \
             `units` (GET /units), `units` (GET /old/units)\n",
        ),
        (
            &["export", "--tier=Gold"],
            "unknown tier \"Gold\"; expected one of: Free, Plus\n",
        ),
        (
            &[
                "export",
                "--tier=Plus",
                "--until=2030-01-01T00:00:00Z",
                "--then=Gold",
            ],
            "unknown tier \"Gold\"; expected one of: Free, Plus\n",
        ),
        (
            &["export", "--tier=Free", "--feature=radio"],
            "unknown add-on \"radio\"; the program has no add-ons\n",
        ),
        (
            &["export", "--tier=Free", "--at=tomorrow"],
            "invalid time \"tomorrow\" for --at; write it in UTC, such as 2026-12-05T00:00:00Z\n",
        ),
        (
            &["export", "--tier=Free", "--until=1"],
            "invalid time \"1\" for --until",
        ),
        (
            &["export", "--tier=Free", "--then=Free"],
            "--then has an effect only after --until; add --until TIME\n",
        ),
        (
            &["export", "--tier=Free", "--plan-version=-1"],
            "invalid plan version \"-1\"; write a whole number from 0 to 4294967295\n",
        ),
        (
            &["export", "--anonymous"],
            "--anonymous needs the tier of anonymous callers; add --tier with one of: Free, Plus\n",
        ),
        (
            &["export", "--unknown", "--tier=Free"],
            "--unknown and --no-subscription exclude each other",
        ),
        (
            &["export", "--unknown", "--no-subscription"],
            "--unknown and --no-subscription exclude each other",
        ),
        (
            &["export", "--unknown", "--anonymous"],
            "--unknown and --no-subscription exclude each other",
        ),
        (
            &["export", "--tier=Free", "--tier=Plus"],
            "--tier was given twice\n",
        ),
        (
            &["export", "units", "--tier=Free"],
            "the endpoint was given twice\n",
        ),
        (&["export", "--tier"], "--tier needs a value\n"),
        (
            &["export", "--unknown=yes"],
            "unexpected argument \"--unknown=yes\"\n",
        ),
        (
            &["export", "--plan=2"],
            "unexpected argument \"--plan=2\"\n",
        ),
        (
            &["export", "--unknown", "--format=csv"],
            "unknown format \"csv\"; use text or json\n",
        ),
        (
            &["--replay=x", "--unknown"],
            "--replay reads the endpoint, the caller, the overrides and the time from the file",
        ),
        (
            &["--replay", "/no/such/file"],
            "/no/such/file: No such file",
        ),
    ] {
        let (code, output, errors) = explain(arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.starts_with(complaint), "{arguments:?}: {errors}");
        assert!(errors.contains("\nexplain ENDPOINT CALLER "), "{errors}");
    }
    let (code, usage, errors) = explain(&["export", "--help"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(usage.contains("\nexplain --replay FILE "));
}

#[test]
fn overrides_take_part() {
    let overrides = Overrides::of::<Api>();
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
    let grant = Override::grant("customer-7", "export")
        .until(end)
        .by("support");
    overrides.replace(1, [grant]).expect("valid overrides");
    let cli = Cli::new::<Api>().overrides(&overrides);
    let of_customer = ["explain", "export", "--tier=Free", "--id=customer-7"];
    let (code, text, _) = run(
        &cli,
        &[&of_customer[..], &["--at=2025-11-30T23:59:59Z"]].concat(),
    );
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("override: grant until 2025-12-01T00:00:00Z, set by \"support\"\n"));
    let (code, ..) = run(
        &cli,
        &[&of_customer[..], &["--at=2025-12-01T00:00:00Z"]].concat(),
    );
    assert_eq!(code, 1);
    let another = [
        "explain",
        "export",
        "--tier=Free",
        "--id=customer-8",
        "--at=2025-11-30T23:59:59Z",
    ];
    assert_eq!(run(&cli, &another).0, 1);
}

#[test]
fn a_recorded_decision_is_made_again() {
    let overrides = Overrides::of::<Api>();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
    let close = Override::close("export").by("on call");
    overrides.replace(1, [close]).expect("valid overrides");
    let caller = Caller::new(Tier::Plus).with_id("customer-7");
    let decision = Decision::of(Api::ENDPOINTS[0], &caller, &overrides, now);
    let serialised = serde_json::to_string(&decision).expect("JSON");
    let path = file("decision.json", &serialised);
    let replay = |path: &PathBuf| explain(&["--replay", path.to_str().expect("text")]);

    // The overrides come from the file, and not from the program.
    let (code, text, errors) = replay(&path);
    assert_eq!((code, errors.as_str()), (0, ""));
    let explanation = decision.to_string().replace('\n', "\n  ");
    assert_eq!(
        text,
        format!(
            "recorded:\n  {explanation}\ndecided again:\n  {explanation}\nthe results are the same\n"
        )
    );

    // The result that the program had at that time.
    let refused = r#""is_allowed":false,"refusal":{"status":503,"code":"endpoint_closed"}"#;
    assert!(serialised.contains(refused), "{serialised}");
    let other = serialised.replace(refused, r#""is_allowed":true,"refusal":null"#);
    fs::write(&path, other).expect("a file");
    let (code, text, _) = replay(&path);
    assert!(
        code == 1 && text.ends_with("\nthe results differ\n"),
        "{text}"
    );

    fs::write(&path, "[]").expect("a file");
    let (code, _, errors) = replay(&path);
    let complaint = format!("{}: not a decision in JSON: ", path.display());
    assert!(code == 2 && errors.starts_with(&complaint), "{errors}");
    fs::remove_file(path).expect("the file");
}

#[test]
fn an_explanation_in_json_can_be_replayed() {
    let at = "--at=2026-12-05T00:00:00.25Z";
    let (code, json, _) = explain(&["GET /units", "--tier=Free", "--format=json", at]);
    assert_eq!(code, 0);
    assert!(
        json.contains("\"time\": \"2026-12-05T00:00:00.250"),
        "{json}"
    );
    let path = file("explained.json", &json);
    let (code, text, errors) = explain(&[&format!("--replay={}", path.display())]);
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
    fs::remove_file(path).expect("the file");
}
