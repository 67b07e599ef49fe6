//! Instruction counts from callgrind, which don't depend on other work on the machine.

use std::path::Path;
use std::process::Command;

/// Returns the instructions of a function and its callees, for each operation of a program. The program
/// runs with few and with many operations. The difference excludes the startup and the additional cost
/// of the first operations.
pub(crate) fn instructions_each(program: &Path, function: &str, arguments: &[&str]) -> f64 {
    let (few, many) = (100_u32, 400_u32);
    let count = |times: u32| {
        let times = times.to_string();
        let mut arguments = arguments.to_vec();
        arguments.push(&times);
        instructions(program, Some(function), &arguments)
    };
    let difference = count(many) - count(few);
    // The counts are far below 2^53, so the conversion is exact.
    #[allow(clippy::cast_precision_loss)]
    let difference = difference as f64;
    difference / f64::from(many - few)
}

/// Returns the instructions of a whole run, or of one function in it. `*` in the name matches any text.
pub(crate) fn instructions(program: &Path, function: Option<&str>, arguments: &[&str]) -> u64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(FLAGS);
    if let Some(function) = function {
        valgrind.arg("--collect-atstart=no");
        valgrind.arg(format!("--toggle-collect={function}"));
    }
    counted(valgrind.arg(program).args(arguments))
}

/// Returns the instructions of a shell command.
pub(crate) fn instructions_of_shell(words: &str, directory: &Path) -> u64 {
    let words = format!("exec valgrind {} {words}", FLAGS.join(" "));
    counted(
        Command::new("sh")
            .args(["-c", &words])
            .current_dir(directory),
    )
}

const FLAGS: [&str; 2] = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];

fn counted(valgrind: &mut Command) -> u64 {
    let output = valgrind
        .output()
        .expect("valgrind is installed (Debian's package `valgrind`)");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{valgrind:?}: {log}");
    log.lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .filter(|count| *count > 0)
        .unwrap_or_else(|| panic!("callgrind has counted nothing of {valgrind:?}: {log}"))
}
