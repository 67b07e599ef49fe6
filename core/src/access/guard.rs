use crate::access::denied::Denied;
use crate::endpoint::gated::Gated;
use crate::tier::Tier;
use std::fmt;

/// The pass to one handler: whoever has it was checked for exactly this handler.
///
/// [`requires_tier`](macro@crate::requires_tier) puts a `Guard<E>` in front of the handler's
/// parameters, where `E` is a hidden type made for this handler. As a guard comes only from
/// [`check`](Self::check), and can be used once, the handler cannot be called without a check: not
/// by a framework, for which the guard is an extractor, not by another function, not by a test.
///
/// ```
/// use tiergate::{Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus, Pro }
///
/// #[requires_tier(Plus, guard = pass)]
/// fn export(rows: usize) -> Result<String, Denied> {
///     if rows > 1000 {
///         pass.require(Tier::Pro)?;
///     }
///     Ok(format!("{rows} rows for {}", pass.tier().name()))
/// }
///
/// fn main() -> Result<(), Denied> {
///     assert_eq!(export(Guard::check(Tier::Plus)?, 10)?, "10 rows for Plus");
///     assert!(export(Guard::check(Tier::Plus)?, 5000).is_err());
///     assert!(Guard::check(Tier::Free).and_then(|guard| export(guard, 10)).is_err());
///     Ok(())
/// }
/// ```
#[must_use = "a guard is the pass to a handler, and says nothing until it is handed over"]
pub struct Guard<E: Gated> {
    tier: E::Tier,
}

impl<E: Gated> Guard<E> {
    /// Checks whether a caller of this tier may call the handler.
    ///
    /// Which handler is meant is inferred from where the guard is used.
    ///
    /// # Errors
    /// [`Denied`], if the tier does not allow what the handler requires.
    #[inline]
    pub fn check(tier: E::Tier) -> Result<Self, Denied> {
        if tier.allows(E::REQUIRED) {
            Ok(Self { tier })
        } else {
            Err(Denied::new(E::ENDPOINT, E::REQUIRED, tier))
        }
    }

    /// For code of this crate that has checked the tier for this very handler.
    #[cfg(any(feature = "_extractor", feature = "source"))]
    #[inline]
    pub(crate) fn after_check(tier: E::Tier) -> Self {
        Self { tier }
    }

    /// The caller's tier.
    #[inline]
    pub fn tier(&self) -> E::Tier {
        self.tier
    }

    /// Checks for a higher tier than the handler's own, for what only some of its callers may do.
    ///
    /// # Errors
    /// [`Denied`], which names this handler and the tier asked for here, if the caller's tier does
    /// not allow it.
    #[inline]
    pub fn require(&self, required: E::Tier) -> Result<(), Denied> {
        if self.tier.allows(required) {
            Ok(())
        } else {
            Err(Denied::new(E::ENDPOINT, required, self.tier))
        }
    }
}

impl<E: Gated> fmt::Debug for Guard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("endpoint", &E::ENDPOINT.name())
            .field("tier", &self.tier.name())
            .finish()
    }
}
