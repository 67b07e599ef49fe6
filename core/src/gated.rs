use crate::{Endpoint, Tier};

/// Implemented by the hidden type that [`requires_tier`](macro@crate::requires_tier) makes for each
/// handler; it is the `E` of the handler's [`Guard<E>`](crate::Guard).
///
/// It is not meant to be implemented by hand. Code that is generic over handlers, such as the
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
pub trait Gated: Sized + 'static {
    /// The tier enum.
    type Tier: Tier;

    /// How the handler takes its arguments.
    #[doc(hidden)]
    type Form;

    /// The lowest tier that may call the handler.
    const REQUIRED: Self::Tier = Self::ENDPOINT.required_tier();

    /// The handler's record.
    const ENDPOINT: Endpoint;
}
