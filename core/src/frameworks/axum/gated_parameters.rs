//! Recognises gated handlers by their parameters' types.

use crate::access::guard::Guard;
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;

/// An axum handler's parameter list that starts with a guard.
#[diagnostic::on_unimplemented(
    message = "this handler is not gated",
    label = "this handler has no guard",
    note = "annotate the function with a tier: `#[requires_tier(Plus, get = \"/path\")]`",
    note = "mount a public handler with `catalogue()` or `public(Method::GET, \"/path\", handler)`"
)]
pub trait GatedParameters {
    /// The handler's endpoint.
    const ENDPOINT: Endpoint;
}

macro_rules! gated_parameters {
    ($($parameter:ident)*) => {
        impl<M, E: Gated, $($parameter),*> GatedParameters for (M, Guard<E>, $($parameter,)*) {
            const ENDPOINT: Endpoint = E::ENDPOINT;
        }
    };
}

macro_rules! all_gated_parameters {
    () => { gated_parameters!(); };
    ($first:ident $($others:ident)*) => {
        gated_parameters!($first $($others)*);
        all_gated_parameters!($($others)*);
    };
}

// axum supports 16 parameters, including the guard.
all_gated_parameters!(A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
