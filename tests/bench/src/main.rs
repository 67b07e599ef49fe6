//! What tiergate costs, measured beside its rivals, as one Markdown table:
//!
//! ```sh
//! cargo run --release -p tiergate-tests-bench
//! ```
//!
//! With the name of a part, only this part: `cargo run --release -p tiergate-tests-bench compile`.

mod compile;
mod report;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let parts: Vec<String> = env::args().skip(1).collect();
    let wants = |part: &str| {
        parts.is_empty() || parts.iter().any(|wanted| part.starts_with(wanted.as_str()))
    };
    let mut report = report::Report::default();
    compile::measure(&mut report, &wants);
    print!("{report}");
    ExitCode::SUCCESS
}
