//! The cost of building tiergate: compared with protect-axum, and with each feature.

use crate::programs;
use crate::report::{Report, Row};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const ROUNDS: usize = 3;
const AXUM: &str = "axum = { version = \"0.8\", default-features = false }\n";
const PROTECT_AXUM: &str = "protect-axum = \"0.2\"\n";

/// An empty crate with dependencies and a separate target directory.
struct Dependent(PathBuf);

impl Dependent {
    fn on(name: &str, dependencies: &str) -> Self {
        let directory = programs::root().join("builds").join(name);
        fs::create_dir_all(directory.join("src")).expect("a directory");
        fs::write(directory.join("src/lib.rs"), "").expect("a writable target directory");
        let this = Self(directory);
        this.depend_on(dependencies);
        this
    }

    fn depend_on(&self, dependencies: &str) {
        let manifest = format!(
            "[package]\nname = \"dependent\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
        );
        fs::write(self.0.join("Cargo.toml"), manifest).expect("a writable target directory");
    }

    fn forget(&self) {
        let target = self.0.join("target");
        if target.exists() {
            fs::remove_dir_all(target).expect("the crate's own target directory");
        }
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .expect("cargo");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {log}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Returns the processor time of a debug build of all crates that aren't built yet.
    fn build(&self) -> Duration {
        // Download the dependencies before the measurement starts.
        self.cargo(&["fetch"]);
        let before = children_time();
        self.cargo(&["build", "--jobs", "1"]);
        let time = children_time().saturating_sub(before);
        eprintln!("{}: {time:?}", self.0.display());
        time
    }

    /// Counts the dependencies, without the crate itself.
    fn count(&self) -> usize {
        let tree = self.cargo(&["tree", "--edges", "normal,build", "--prefix", "none"]);
        let mut crates: Vec<&str> = tree
            .lines()
            .map(|line| line.trim_end_matches(" (*)"))
            .filter(|line| !line.is_empty() && !line.starts_with("dependent "))
            .collect();
        crates.sort_unstable();
        crates.dedup();
        crates.len()
    }
}

fn tiergate(feature: Option<&str>) -> String {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core");
    let core = core.canonicalize().expect("the crate");
    let features = feature.map(|feature| format!(", features = [\"{feature}\"]"));
    format!(
        "tiergate = {{ path = \"{}\"{} }}\n",
        core.display(),
        features.unwrap_or_default()
    )
}

/// Compares the builds of tiergate without features and of protect-axum.
pub(crate) fn own(report: &mut Report) {
    let tiergate = Dependent::on("tiergate", &tiergate(None));
    let protect = Dependent::on("protect-axum", PROTECT_AXUM);
    let mut whole = [Duration::MAX; 2];
    let mut own = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        tiergate.forget();
        whole[0] = whole[0].min(tiergate.build());
        // Every program that uses protect-axum already contains axum, so axum isn't counted.
        protect.forget();
        protect.depend_on(AXUM);
        protect.build();
        protect.depend_on(&format!("{AXUM}{PROTECT_AXUM}"));
        whole[1] = whole[1].min(protect.build());

        tiergate.cargo(&[
            "clean",
            "--package",
            "tiergate",
            "--package",
            "tiergate-macros",
        ]);
        own[0] = own[0].min(tiergate.build());
        protect.cargo(&[
            "clean",
            "--package",
            "protect-axum",
            "--package",
            "protect-endpoints-core",
            "--package",
            "protect-endpoints-proc-macro",
        ]);
        own[1] = own[1].min(protect.build());
    }
    for (what, [ours, theirs]) in [
        ("`cargo build`, the own crates alone", own),
        (
            "`cargo build`, with what they depend on, axum not counted",
            whole,
        ),
    ] {
        let [ours, theirs] = [ours, theirs].map(|time| time.as_secs_f64());
        report.add(Row {
            what: what.to_owned(),
            own: format!("{ours:.2} s"),
            other: format!("protect-axum {theirs:.2} s"),
            ratio: ours / theirs,
            limit: 1.0,
        });
    }
}

/// Measures the build time and the crates that each feature adds.
pub(crate) fn features(report: &mut Report) {
    let without = Dependent::on("feature", &tiergate(None));
    let mut plain = Duration::MAX;
    for _ in 0..ROUNDS {
        without.forget();
        plain = plain.min(without.build());
    }
    let plain_count = without.count();
    let mut table = format!(
        "| feature | added to `cargo build`, processor time | crates added |\n| --- | --- | --- |\n\
         | none | {:.1} s in all | {plain_count} in all |\n",
        plain.as_secs_f64()
    );
    for feature in names() {
        let with = Dependent::on("feature", &tiergate(Some(&feature)));
        with.forget();
        let time = with.build().saturating_sub(plain);
        let count = with.count() - plain_count;
        eprintln!("{feature}: {time:?}, {count} crates");
        let _ = writeln!(
            table,
            "| `{feature}` | {:.1} s | {count} |",
            time.as_secs_f64()
        );
    }
    report.table(table);
}

/// The features that are meant for users.
fn names() -> Vec<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("the manifest of tiergate");
    manifest
        .lines()
        .skip_while(|line| *line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.starts_with(['_', '#', '"']) && name != "default")
        .collect()
}

/// Returns the processor time of all finished child processes. Other work on the machine hardly affects
/// it.
pub(crate) fn children_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat[stat.rfind(')').expect("a name") + 2..]
        .split(' ')
        .collect();
    // After the name, fields 14 and 15 are `cutime` and `cstime`, in ticks of 10 ms.
    let ticks: u64 =
        fields[13].parse::<u64>().expect("a number") + fields[14].parse::<u64>().expect("a number");
    Duration::from_millis(ticks * 10)
}
