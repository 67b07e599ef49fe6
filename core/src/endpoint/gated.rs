use crate::endpoint::Endpoint;
use crate::endpoint::record::Tiers;
use crate::tier::Tier;
use std::any::TypeId;
use std::marker::PhantomData;

/// Implemented by the hidden type that [`requires_tier`](macro@crate::requires_tier) generates for each
/// handler. This type is the `E` in the handler's [`Guard<E>`](crate::Guard).
///
/// The trait is sealed, so a manual implementation doesn't compile. The guard therefore always checks the
/// tier in the handler's record. Code that is generic over handlers, such as the integration of a web
/// framework, reads the handler's tier and record from this trait:
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

    /// The form of the handler's parameters.
    #[doc(hidden)]
    type Form;

    /// The lowest tier that may call the handler.
    const REQUIRED: Self::Tier;

    /// The handler's record.
    const ENDPOINT: Endpoint;
}

/// The trait that the macros implement for the hidden type of a gated handler.
///
/// [`Gated`] requires this trait and has an implementation for every type that implements it. A manual
/// `impl Gated` therefore lacks this trait or conflicts with that implementation. This keeps `REQUIRED`
/// equal to the tier in the record.
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
    /// Returns the tiers of a handler. The type parameter is the handler, not its tier enum. This way, a type
    /// that isn't a tier enum causes only one error.
    pub const fn of<E: Handler>() -> &'static Self {
        // The constant depends only on the enum, so the compiler doesn't evaluate it for each handler.
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
