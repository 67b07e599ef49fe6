//! A comparison by hand.

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

/// Refusals are rare, as the guard tells the compiler too.
#[cold]
fn rare() {}

fn main() {
    call(checked);
}
