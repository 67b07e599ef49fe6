//! The cost of a cache hit, compared with a server whose tier is fixed.

use crate::slices::Servers;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;
use tiergate_tests_sources::client::request;

/// Measures both servers. Both are in one process, built from `cad`'s tests.
pub(crate) async fn measure(seconds: u64) {
    let mut command = test_of_cad("tests::load::serve_with_and_without_lookups");
    // Every tier may call this endpoint, and it does no other work.
    let request = request("/general/get_version", "demo-free", &json!([]));
    let servers = Servers::start(&mut command, &["fixed", "cached"], request).await;
    servers.compare(Duration::from_secs(seconds)).await;
}

/// Returns the command that runs one of `cad`'s ignored tests.
pub(crate) fn test_of_cad(name: &str) -> Command {
    let mut command = Command::new(tests_of_cad());
    command.args(["--ignored", "--nocapture", "--exact", name]);
    command
}

/// Builds `cad`'s tests with optimisations, and returns the program's path.
fn tests_of_cad() -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "test",
            "--release",
            "--package",
            "tiergate",
            "--example",
            "cad",
            "--no-run",
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the tests of cad do not build");
    String::from_utf8(output.stdout)
        .expect("cargo writes UTF-8")
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "cad")
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .expect("cargo names the executable")
}
