//! What tiergate costs, measured beside its rivals, as Markdown tables:
//!
//! ```sh
//! cargo run --release -p tiergate-tests-bench
//! ```
//!
//! With the names of parts, only these: `cargo run --release -p tiergate-tests-bench requests`.
//! With `--check`, it fails if a figure is above its ceiling.

mod builds;
mod callgrind;
mod compile;
mod endpoints;
mod machine_code;
mod programs;
mod report;
mod requests;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (flags, parts): (Vec<String>, Vec<String>) = env::args()
        .skip(1)
        .partition(|argument| argument.starts_with('-'));
    let is_check = flags == ["--check"];
    if !is_check && !flags.is_empty() {
        eprintln!("unknown: {flags:?}; the only flag is --check");
        return ExitCode::FAILURE;
    }
    let wants = |part: &str| {
        parts.is_empty() || parts.iter().any(|wanted| part.starts_with(wanted.as_str()))
    };
    let mut report = report::Report::default();
    if wants("requests") {
        requests::measure(&mut report, "");
    }
    if wants("source") {
        requests::measure(&mut report, "source");
    }
    if wants("machine-code") {
        machine_code::measure(&mut report);
    }
    if wants("find") {
        endpoints::find(&mut report);
    }
    if wants("catalogue") {
        endpoints::compile(&mut report);
    }
    if wants("size") {
        endpoints::size(&mut report);
    }
    if wants("first-use") {
        endpoints::first_use(&mut report);
    }
    if wants("own-build") {
        builds::own(&mut report);
    }
    if wants("features") {
        builds::features(&mut report);
    }
    compile::measure(&mut report, &wants);
    print!("{report}");
    let regressions = report.regressions();
    for what in &regressions {
        eprintln!("above its ceiling, or not so: {what}");
    }
    if is_check && !regressions.is_empty() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
