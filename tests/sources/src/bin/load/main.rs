//! Load tests of the example `cad` and of quotas. Slow results don't fail. The soak test fails if an
//! answer is wrong or memory grows, and the test of callers if their counters take too much memory.
//!
//! ```text
//! cargo run --release -p tiergate-tests-sources --bin load -- overhead
//! cargo run --release -p tiergate-tests-sources --bin load -- instructions
//! cargo run --release -p tiergate-tests-sources --bin load -- limits
//! cargo run --release -p tiergate-tests-sources --bin load -- limits cad
//! cargo run --release -p tiergate-tests-sources --bin load -- callers 600
//! cargo run --release -p tiergate-tests-sources --bin load -- soak 600
//! ```

mod callers;
mod instructions;
mod limits;
mod overhead;
mod slices;
mod soak;

use std::process::ExitCode;
use std::time::Duration;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["overhead"] => overhead::measure(60).await,
        ["overhead", seconds] => match seconds.parse() {
            Ok(seconds @ 1..) => overhead::measure(seconds).await,
            _ => return usage(),
        },
        ["instructions"] => {
            if let Err(reason) = instructions::measure() {
                eprintln!("load: {reason}");
                return ExitCode::FAILURE;
            }
        }
        ["callers", seconds] => match seconds.parse() {
            Ok(seconds @ 2..) => return callers::run(Duration::from_secs(seconds)).await,
            _ => return usage(),
        },
        ["limits"] => limits::measure(60).await,
        ["limits", "cad"] => limits::measure_cad(60).await,
        ["limits", seconds] => match seconds.parse() {
            Ok(seconds @ 1..) => limits::measure(seconds).await,
            _ => return usage(),
        },
        ["serve-limits", redis] => {
            if let Err(reason) = limits::serve(redis).await {
                eprintln!("load: {reason}");
                return ExitCode::FAILURE;
            }
        }
        ["calls", form, calls] => match calls.parse() {
            Ok(calls) => instructions::call(form, calls).await,
            Err(_) => return usage(),
        },
        ["soak", seconds] => match seconds.parse() {
            Ok(seconds @ 20..) => return soak::run(Duration::from_secs(seconds)).await,
            _ => return usage(),
        },
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: load overhead [SECONDS]\n       load instructions        (needs valgrind)\n       \
         load limits [SECONDS]    (needs Redis)\n       load limits cad\n       \
         load callers SECONDS     (2 or more)\n       \
         load soak SECONDS        (20 or more)"
    );
    ExitCode::from(2)
}
