use crate::endpoint::Endpoint;
use crate::endpoint::record::Tiers;
use crate::tier::Tier;
use std::any::TypeId;
use std::marker::PhantomData;

/// Implemented by the hidden type that [`requires_tier`](macro@crate::requires_tier) makes for each
/// handler; it is the `E` of the handler's [`Guard<E>`](crate::Guard).
///
/// It is sealed: an implementation by hand does not compile, so the tier that the guard checks is
/// always the one in the handler's record. Code that is generic over handlers, such as the
/// integration of a web framework, reads the handler's tier and record from it:
///
/// ```
/// use tiergate::{Gated, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// fn export() {}
///
/// fn name_of<E: Gated>(_handler: impl Fn(Guard<E>)) -> &'static str {
///     E::ENDPOINT.name()
/// }
/// assert_eq!(name_of(export), "export");
/// ```
pub trait Gated: Handler {
    /// The tier enum.
    type Tier: Tier;

    /// How the handler takes its arguments.
    #[doc(hidden)]
    type Form;

    /// The lowest tier that may call the handler.
    const REQUIRED: Self::Tier;

    /// The handler's record.
    const ENDPOINT: Endpoint;
}

/// What the macros implement for the hidden type of a gated handler.
///
/// [`Gated`] requires this trait and is implemented for all of its types. So an `impl Gated` by hand
/// either lacks this trait or conflicts with that implementation, and nothing can state another
/// `REQUIRED` than the record does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the hidden type of an annotated handler",
    label = "not made by `#[requires_tier(…)]`",
    note = "annotate the handler, `#[requires_tier(Plus)]`; `Gated` cannot be implemented by hand"
)]
#[doc(hidden)]
pub trait Handler: Sized + 'static {
    type Of: Tier;
    type Parameters;
    const RECORD: Endpoint;
}

impl<E: Handler> Gated for E {
    type Tier = E::Of;
    type Form = E::Parameters;
    const REQUIRED: E::Of = E::RECORD.required_tier();
    const ENDPOINT: Endpoint = E::RECORD;
}

impl Tiers {
    /// The tiers of a handler. Naming them by way of the handler makes a type that is no tier enum
    /// one error.
    pub const fn of<E: Handler>() -> &'static Self {
        // A constant of the enum, so the compiler evaluates it once and not for each handler.
        TiersOf::<E::Of>::TIERS
    }
}

struct TiersOf<T>(PhantomData<T>);

impl<T: Tier> TiersOf<T> {
    const TIERS: &'static Tiers = &Tiers {
        names: T::NAMES,
        ranks: T::RANKS,
        of: TypeId::of::<T>,
    };
}
