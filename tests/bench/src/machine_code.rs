//! The check alone as machine code: a guard compared with a comparison by hand.

use crate::programs;
use crate::report::{Fact, Report};
use std::path::Path;
use std::process::Command;

pub(crate) fn measure(report: &mut Report) {
    let directory = programs::build("");
    let by_hand = instructions(&directory.join("check_by_hand"), "check_by_hand::checked");
    let by_guard = instructions(&directory.join("check_by_guard"), "check_by_guard::checked");
    eprintln!("by hand:\n{}", by_hand.join("\n"));
    eprintln!("by guard:\n{}", by_guard.join("\n"));
    report.fact(Fact {
        what: "`Guard::check` alone is the same machine code as a comparison".to_owned(),
        own: format!("{} instructions", by_guard.len()),
        other: format!("by hand: {} instructions", by_hand.len()),
        holds: by_hand == by_guard,
    });
}

/// Returns a function's instructions. Equal code has equal texts, wherever it is in the program.
fn instructions(program: &Path, function: &str) -> Vec<String> {
    let output = Command::new("objdump")
        .args(["--disassemble-all", "--demangle", "--no-show-raw-insn"])
        .arg(format!("--disassemble={function}"))
        .arg(program)
        .output()
        .expect("objdump is installed (Debian's package `binutils`)");
    let listing = String::from_utf8_lossy(&output.stdout);
    let start = format!("<{function}>:");
    let body = listing
        .split_once(&start)
        .unwrap_or_else(|| panic!("{function} is not in {}", program.display()))
        .1;
    body.lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| normal(line, function))
        .collect()
}

/// Removes addresses from an instruction: `jb 192ad <checked+0xd>` becomes `jb +0xd`, and the address
/// of data that is relative to the instruction pointer becomes `(%rip)`.
fn normal(line: &str, function: &str) -> String {
    let code = line.split_once('\t').map_or(line, |(_, code)| code);
    let code = code.split('#').next().unwrap_or(code).trim();
    let inside = format!("<{function}");
    let is_address = |word: &str| word.chars().all(|digit| digit.is_ascii_hexdigit());
    code.split_whitespace()
        .enumerate()
        // The first word is the operation. `add` looks like a hexadecimal address.
        .filter(|(index, word)| *index == 0 || !is_address(word))
        .map(|(_, word)| match word.strip_prefix(&inside) {
            Some(offset) => offset.trim_end_matches('>').to_owned(),
            None if word.ends_with("(%rip)") => "(%rip)".to_owned(),
            None => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn where_code_stands_does_not_count() {
        let normal = |line| normal(line, "by::hand");
        assert_eq!(normal("   192a0:\tcmp    $0x3,%dil"), "cmp $0x3,%dil");
        assert_eq!(normal(" 192a4:\tjb     192ad <by::hand+0xd>"), "jb +0xd");
        assert_eq!(
            normal(" 192a8:\tjmp    *0x3f(%rip)        # 58c <_DYNAMIC>"),
            "jmp (%rip)"
        );
        assert_eq!(normal(" 1:\tadd    %esi,%edi"), "add %esi,%edi");
        assert_ne!(normal(" 1:\tcmp $0x3,%dil"), normal(" 1:\tcmp $0x4,%dil"));
        assert_ne!(
            normal(" 1:\tjb 9 <by::hand+0xd>"),
            normal(" 1:\tjb 9 <by::hand+0xe>")
        );
    }
}
