//! Uses the second crate in the tests of the second crate, which then contain it twice.

use tiergate::{Denied, Guard};
use tiergate_tests_second::{Tier, health, units};

/// Calls the handlers of this copy of the second crate.
///
/// # Errors
/// [`Denied`] below `Plus`.
pub fn call(tier: Tier) -> Result<(), Denied> {
    units(Guard::check(tier)?);
    health();
    Ok(())
}

/// A tier that may call them.
pub const HIGHEST: Tier = Tier::Plus;
