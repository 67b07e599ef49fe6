//! What the two programs have in common whose check alone is compared, in machine code.

use std::env;
use std::hint::black_box;

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, tiergate::Tier)]
pub enum Tier {
    /// Refused.
    Free = 0,
    /// What is required.
    Plus = 3,
    /// Above it.
    Pro = 4,
}

/// What only some may call.
#[inline(never)]
pub fn export(rows: u32) -> u32 {
    black_box(rows) + 1
}

/// Calls a function that checks, with a tier that the compiler does not know.
pub fn call(checked: impl FnOnce(Tier, u32) -> u32) {
    let tier = Tier::ALL[env::args().count() % Tier::ALL.len()];
    black_box(checked(black_box(tier), black_box(7)));
}
