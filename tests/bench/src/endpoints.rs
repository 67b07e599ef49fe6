//! Generated crates with thousands of endpoints in a constant catalogue. They measure compile times,
//! lookups, binary size, and work before `main` or on first use.

use crate::builds::children_time;
use crate::callgrind::instructions;
use crate::programs;
use crate::report::{Fact, Report, Row};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The number of endpoints in one module.
const AREA: u32 = 100;
const ROUNDS: usize = 3;

/// A generated crate with this number of endpoints.
#[derive(Clone, Copy)]
struct Crate(u32);

impl Crate {
    fn generate(count: u32) -> Self {
        let this = Self(count);
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core");
        let core = core.canonicalize().expect("the crate");
        this.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"endpoints-{count}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [workspace]\n\n[lib]\nname = \"endpoints\"\n\n[[bin]]\nname = \"program\"\npath = \"src/program.rs\"\n\n\
                 [[bench]]\nname = \"find\"\nharness = false\n\n[dependencies]\nmatchit = \"0.9\"\n\
                 tiergate = {{ path = \"{}\" }}\n\n[dev-dependencies]\ncriterion = {{ version = \"0.8\", default-features = false }}\n",
                core.display()
            ),
        );
        this.write("src/program.rs", include_str!("generated/program.rs"));
        this.write("benches/find.rs", include_str!("generated/find.rs"));
        this.write_library();
        this
    }

    fn write_library(self) {
        let mut lib = String::from(
            "//! Endpoints.\n\nuse tiergate::{Catalogue, Endpoint};\n\n\
             #[derive(Clone, Copy, tiergate::Tier)]\npub enum Tier {\n    Free,\n    Plus,\n    Pro,\n}\n\n",
        );
        let mut list = String::new();
        for area in 0..self.0 / AREA {
            let _ = writeln!(lib, "pub mod area_{area};");
            let mut module = String::from("use crate::Tier;\nuse tiergate::requires_tier;\n");
            for index in 0..AREA {
                let _ = write!(
                    module,
                    "\n/// Answers for the things of kind {index}.\n#[requires_tier(Plus, get = \"{}\")]\npub fn endpoint_{index}(id: u32) -> u32 {{\n    id + {index}\n}}\n",
                    template(area, index),
                );
                let _ = writeln!(list, "    area_{area}::endpoint_{index},");
            }
            self.write(&format!("src/area_{area}.rs"), &module);
        }
        let _ = write!(
            lib,
            "\n#[derive(Catalogue)]\n#[catalogue(tier = Tier, handlers(\n{list}))]\npub struct Api;\n\n\
             #[derive(Catalogue)]\n#[catalogue(tier = Tier)]\npub struct Registered;\n\n\
             /// A path for each endpoint, in no order that helps.\n\
             pub fn paths() -> Vec<String> {{\n    let count = Api::ENDPOINTS.len();\n    (0..count)\n        .map(|index| Api::ENDPOINTS[index * 7919 % count].path().unwrap_or_default())\n        .map(|path| path.replace(\"{{id}}\", \"4711\").replace(\"{{part}}\", \"left\"))\n        .collect()\n}}\n\n\
             pub fn router() -> matchit::Router<&'static Endpoint> {{\n    let mut router = matchit::Router::new();\n    for endpoint in Api::ENDPOINTS {{\n        router.insert(endpoint.path().unwrap_or_default(), endpoint).expect(\"a new route\");\n    }}\n    router\n}}\n"
        );
        self.write("src/lib.rs", &lib);
    }

    fn directory(self) -> PathBuf {
        programs::root().join(format!("endpoints-{}", self.0))
    }

    /// Writes a file only if its content changes, because cargo compiles all touched files again.
    fn write(self, path: &str, text: &str) {
        let path = self.directory().join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return;
        }
        fs::create_dir_all(path.parent().expect("a file in a directory")).expect("a directory");
        fs::write(path, text).expect("a writable target directory");
    }

    fn cargo(self, arguments: &[&str]) {
        let status = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--quiet"])
            .current_dir(self.directory())
            .env("CARGO_TARGET_DIR", programs::root().join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .status()
            .expect("cargo");
        assert!(status.success(), "{arguments:?} of {}", self.0);
    }

    /// Builds the program in release mode. Crates of all sizes use the same file name, so the program
    /// is copied.
    fn program(self) -> PathBuf {
        self.cargo(&["build", "--release", "--bin", "program"]);
        let built = programs::root().join("target/release/program");
        let program = programs::root().join(format!("program-{}", self.0));
        fs::copy(built, &program).expect("a copy");
        program
    }
}

/// Two fifths of the templates have no parameter, two fifths have one, and one fifth has two.
fn template(area: u32, index: u32) -> String {
    match index % 5 {
        0 | 1 => format!("/area-{area}/list-{index}"),
        2 | 3 => format!("/area-{area}/things-{index}/{{id}}"),
        _ => format!("/area-{area}/things-{index}/{{id}}/parts/{{part}}"),
    }
}

/// Compares the compile times of 1,000 and 10,000 endpoints.
pub(crate) fn compile(report: &mut Report) {
    let crates = [1_000, 10_000].map(Crate::generate);
    for (command, what) in [("check", "`cargo check`"), ("build", "`cargo build`")] {
        // Build the dependencies before the measurement starts.
        crates[0].cargo(&[command, "--lib"]);
        let mut best = [Duration::MAX; 2];
        for _ in 0..ROUNDS {
            for (one, best) in crates.into_iter().zip(&mut best) {
                touch(&one.directory().join("src/lib.rs"));
                let before = children_time();
                one.cargo(&[command, "--lib", "--jobs", "1"]);
                *best = children_time().saturating_sub(before).min(*best);
            }
        }
        let [few, many] = best.map(|time| time.as_secs_f64());
        report.add(Row {
            what: format!("{what} of a constant catalogue of 10,000 endpoints"),
            own: format!("{many:.2} s"),
            other: format!("1,000: {few:.2} s"),
            ratio: many / few,
            limit: 12.0,
        });
    }
}

fn touch(path: &Path) {
    let text = fs::read(path).expect("a generated file");
    fs::write(path, text).expect("a writable target directory");
}

/// Compares `find` among 10,000 endpoints with matchit.
// The counts are far below 2^53, so the conversions are exact.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn find(report: &mut Report) {
    let crate_ = Crate::generate(10_000);
    let program = crate_.program();
    let each = |what: &str, function: &str| {
        let count = |times| instructions(&program, Some(function), &[what, times]);
        (count("2") - count("1")) as f64 / f64::from(crate_.0)
    };
    let own = each("find", "program::find_each*");
    let other = each("matchit", "program::match_each*");
    report.add(Row {
        what: "`find` among 10,000 endpoints, instructions".to_owned(),
        own: format!("{own:.0}"),
        other: format!("matchit {other:.0}"),
        ratio: own / other,
        limit: 1.0,
    });
    crate_.cargo(&["bench", "--bench", "find"]);
    let nanoseconds = |what: &str| estimate(what) / f64::from(crate_.0);
    let (own, other) = (nanoseconds("tiergate"), nanoseconds("matchit"));
    report.add(Row {
        what: "`find` among 10,000 endpoints, time (criterion)".to_owned(),
        own: format!("{own:.0} ns"),
        other: format!("matchit {other:.0} ns"),
        ratio: own / other,
        limit: 1.0,
    });
}

/// Reads the median from criterion's report, in nanoseconds.
fn estimate(what: &str) -> f64 {
    let path = programs::root().join(format!(
        "target/criterion/every path once/{what}/new/estimates.json"
    ));
    let text = fs::read_to_string(&path).expect("criterion's estimates");
    let median = text.split_once("\"median\"").expect("a median").1;
    let value = median.split_once("\"point_estimate\":").expect("a value").1;
    let end = value.find([',', '}']).expect("an end");
    value[..end].trim().parse().expect("a number")
}

/// Measures the bytes that each endpoint adds to the binary, beyond its own texts.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn size(report: &mut Report) {
    let [few, many] = [1_000, 2_000].map(|count| {
        let program = Crate::generate(count).program();
        let texts = Command::new(&program)
            .args(["texts", "0"])
            .output()
            .expect("the program");
        let texts: u64 = String::from_utf8_lossy(&texts.stdout)
            .trim()
            .parse()
            .expect("a number");
        let stripped = program.with_extension("stripped");
        let status = Command::new("strip")
            .arg("-o")
            .args([&stripped, &program])
            .status()
            .expect("strip is installed (Debian's package `binutils`)");
        assert!(status.success());
        let size = fs::metadata(stripped).expect("the stripped program").len();
        (size, texts)
    });
    let endpoints = 1_000.0;
    let texts = (many.1 - few.1) as f64 / endpoints;
    let above = (many.0 - few.0) as f64 / endpoints - texts;
    let row = Row {
        what: "size of the binary for one endpoint more, above its own texts".to_owned(),
        own: format!("{above:.0} bytes"),
        other: format!("128 bytes; the texts are {texts:.0}"),
        ratio: above / 128.0,
        limit: 1.0,
    };
    // An additional page of the file adds four bytes to the figure.
    // Eight of the bytes refer to what an endpoint requires besides a tier, even if it requires nothing else.
    report.add_guarded(row, 1.14);
}

/// Measures the work before `main` and during the first use of a catalogue.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn first_use(report: &mut Report) {
    let [few, many] = [1_000, 2_000].map(|count| Crate::generate(count).program());
    let bare = programs::build("").join("nothing");
    let (own, other) = (before_main(&many), before_main(&bare));
    report.fact(Fact {
        what: "functions that run before `main`".to_owned(),
        own: format!("2,000 endpoints: {own}"),
        other: format!("a program that does nothing: {other}"),
        holds: own == other,
    });

    let count = |program: &Path, what: &str, function: &str, times: &str| {
        instructions(program, Some(function), &[what, times]) as f64
    };
    let of_const = |times| count(&many, "first", "program::find", times);
    let (first, second) = (of_const("1"), of_const("2") - of_const("1"));
    let row = Row {
        what: "first `find` in a constant catalogue, instructions".to_owned(),
        own: format!("{first:.0}"),
        other: format!("the second: {second:.0}"),
        ratio: first / second,
        limit: 1.0,
    };
    // Some linkers resolve functions of the C library in the first call.
    report.add_guarded(row, 1.5);
    let of_registry = |program| count(program, "registered", "program::find_registered", "1");
    let (few, many) = (of_registry(&few), of_registry(&many));
    report.add(Row {
        what: "first `find` in a catalogue of the registry, 2,000 endpoints, instructions"
            .to_owned(),
        own: format!("{many:.0}"),
        other: format!("1,000: {few:.0}"),
        ratio: many / few,
        // One pass over the endpoints, and a sort that takes a logarithm more.
        limit: 2.2,
    });
}

/// Counts the functions that the loader calls before `main`.
fn before_main(program: &Path) -> usize {
    let output = Command::new("readelf")
        .args(["--section-headers", "--wide"])
        .arg(program)
        .output()
        .expect("readelf is installed (Debian's package `binutils`)");
    let headers = String::from_utf8_lossy(&output.stdout);
    let bytes: usize = headers
        .lines()
        .filter(|line| {
            [".init_array", ".preinit_array", ".ctors"]
                .iter()
                .any(|section| line.contains(&format!(" {section} ")))
        })
        .map(|line| {
            // After a section's type, the columns are its address, offset and size.
            let fields: Vec<&str> = line.split_whitespace().collect();
            let size = fields.iter().rev().nth(5).expect("a size");
            usize::from_str_radix(size, 16).expect("a number")
        })
        .sum();
    bytes / size_of::<usize>()
}
