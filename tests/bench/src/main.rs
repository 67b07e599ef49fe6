//! Measures the cost of tiergate and its alternatives, and prints Markdown tables:
//!
//! ```sh
//! cargo run --release -p tiergate-tests-bench
//! ```
//!
//! To run only some parts, pass their names: `cargo run --release -p tiergate-tests-bench requests`.
//! With `--check`, the program fails if a figure is above its ceiling. The `README.md` of this crate
//! describes the measurements.

mod builds;
mod callgrind;
mod compile;
mod endpoints;
mod machine_code;
mod programs;
mod report;
mod requests;

use report::Report;
use std::env;
use std::process::ExitCode;

type Measure = fn(&mut Report);

const PARTS: [(&str, Measure); 11] = [
    ("requests", |report| requests::measure(report, "")),
    ("source", |report| requests::measure(report, "source")),
    ("quota", requests::quota),
    ("watch", requests::watch),
    ("machine-code", machine_code::measure),
    ("find", endpoints::find),
    ("catalogue", endpoints::compile),
    ("size", endpoints::size),
    ("first-use", endpoints::first_use),
    ("own-build", builds::own),
    ("features", builds::features),
];

/// The parts of this group have names such as `compile check from nothing`.
const COMPILE: &str = "compile";

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
    let unknown = parts.iter().find(|wanted| {
        let is_wanted = |(part, _): &(&str, Measure)| part.starts_with(wanted.as_str());
        !PARTS.iter().any(is_wanted)
            && !COMPILE.starts_with(wanted.as_str())
            && !wanted.starts_with(COMPILE)
    });
    if let Some(unknown) = unknown {
        eprintln!("no part is called {unknown}");
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    for (part, measure) in PARTS {
        if wants(part) {
            measure(&mut report);
        }
    }
    let handlers = if is_check {
        compile::FEW_HANDLERS
    } else {
        compile::HANDLERS
    };
    compile::measure(&mut report, handlers, &wants);
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
