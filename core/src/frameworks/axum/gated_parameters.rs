//! Recognises gated handlers by their parameter types.

use crate::access::guard::Guard;
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;

/// The parameter list of an axum handler whose first parameter is a guard.
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
    ($first:ident $($rest:ident)*) => {
        gated_parameters!($first $($rest)*);
        all_gated_parameters!($($rest)*);
    };
}

// axum supports 16 parameters, including the guard.
all_gated_parameters!(A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
