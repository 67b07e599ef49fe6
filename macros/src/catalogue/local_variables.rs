//! Local variables of generated functions.

use crate::syntax::editor_spans::error_span;
use proc_macro2::{Ident, Span};

/// Moves a variable to the place of the user's code that it is used for. An error in a call of its
/// method then points there.
pub(super) fn located_variable(variable: &Ident, at: Span) -> Ident {
    Ident::new(
        &variable.to_string(),
        Span::mixed_site().located_at(error_span(at)),
    )
}

/// Returns a local variable that can't shadow a handler of the same name.
pub(super) fn local_variable(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
