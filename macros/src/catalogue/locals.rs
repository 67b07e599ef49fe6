//! Local variables of generated functions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// A type that is invalid if the table is, for example because of a handler that can't be listed. The
/// compiler then reports no further errors in the same function.
pub(super) fn only_with_a_table() -> TokenStream {
    quote!(let _: [(); TABLE.shape_count];)
}

/// Moves a variable to the place of the user's code that it is used for. An error in a call of its
/// method then points there.
pub(super) fn located(variable: &Ident, at: Span) -> Ident {
    Ident::new(&variable.to_string(), Span::mixed_site().located_at(at))
}

/// Returns a local variable that can't shadow a handler of the same name.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
