//! The guard, which a handler takes as its first parameter.

use crate::access::caller::Permit;
use crate::access::refusal::Denied;
use crate::endpoint::gated::Gated;
use crate::tier::Tier;
use std::fmt;

/// Proof that the caller's tier was checked for one particular handler.
///
/// [`requires_tier`](macro@crate::requires_tier) adds a `Guard<E>` as the handler's first parameter.
/// `E` is a hidden type that the macro generates for this handler. Only a successful
/// [`check`](Self::check) creates a guard, and each guard can be used only once. Any code that calls
/// the handler, including other functions and tests, must therefore check the tier first. In a web
/// framework, the guard is an extractor that performs the check.
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
#[must_use = "a guard has no effect until it is passed to its handler"]
pub struct Guard<E: Gated> {
    permit: Permit<E::Tier>,
}

impl<E: Gated> Guard<E> {
    /// Checks whether a caller of this tier may call the handler.
    ///
    /// The compiler infers the handler from the call to which you pass the guard.
    ///
    /// # Errors
    /// Returns [`Denied`] if the tier is too low for the handler.
    #[inline]
    pub fn check(tier: E::Tier) -> Result<Self, Denied> {
        let permit = Permit {
            tier,
            is_anonymous: false,
        };
        if tier.allows(E::REQUIRED) {
            Ok(Self { permit })
        } else {
            Err(Denied::new(E::ENDPOINT, permit))
        }
    }

    /// Creates a guard from a permit. The calling code must have got the permit from a successful check
    /// for this handler.
    #[cfg(any(feature = "_extractor", feature = "source"))]
    #[inline]
    pub(crate) fn after_check(permit: Permit<E::Tier>) -> Self {
        Self { permit }
    }

    /// Returns the caller's tier.
    #[inline]
    pub fn tier(&self) -> E::Tier {
        self.permit.tier
    }

    /// Checks for a higher tier than the handler itself requires. Use this method for a feature that
    /// only some of the handler's callers may use.
    ///
    /// # Errors
    /// Returns [`Denied`] if the caller's tier is too low. The error names this handler and the
    /// `required` tier.
    #[inline]
    pub fn require(&self, required: E::Tier) -> Result<(), Denied> {
        if self.tier().allows(required) {
            Ok(())
        } else {
            Err(Denied::requiring(E::ENDPOINT, required, self.permit))
        }
    }
}

impl<E: Gated> fmt::Debug for Guard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("endpoint", &E::ENDPOINT.name())
            .field("tier", &self.tier().name())
            .finish()
    }
}
