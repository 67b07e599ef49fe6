//! Checks a tier by a comparison.

use tiergate_tests_bench_programs::{Tier, call, export};

#[inline(never)]
fn checked(tier: Tier, rows: u32) -> u32 {
    if tier >= Tier::Plus {
        export(rows)
    } else {
        rare();
        0
    }
}

/// Marks refusals as rare for the compiler, as the guard does.
#[cold]
fn rare() {}

fn main() {
    call(checked);
}
