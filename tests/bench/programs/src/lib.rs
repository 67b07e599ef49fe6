//! The parts shared by the two programs whose checks are compared as machine code.

use std::env;
use std::hint::black_box;

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, tiergate::Tier)]
pub enum Tier {
    /// Below the required tier.
    Free = 0,
    /// The required tier.
    Plus = 3,
    /// Above the required tier.
    Pro = 4,
}

/// The function that requires a tier.
#[inline(never)]
pub fn export(rows: u32) -> u32 {
    black_box(rows) + 1
}

/// Calls a checking function with a tier that the compiler can't predict.
pub fn call(checked: impl FnOnce(Tier, u32) -> u32) {
    let tier = Tier::ALL[env::args().count() % Tier::ALL.len()];
    black_box(checked(black_box(tier), black_box(7)));
}
