//! Checks a tier by a guard.

use tiergate::{Guard, requires_tier};
use tiergate_tests_bench_programs::{Tier, call, export};

#[requires_tier(Plus)]
#[inline]
fn gated_export(rows: u32) -> u32 {
    export(rows)
}

#[inline(never)]
fn checked(tier: Tier, rows: u32) -> u32 {
    match Guard::check(tier) {
        Ok(guard) => gated_export(guard, rows),
        Err(_) => 0,
    }
}

fn main() {
    call(checked);
}
