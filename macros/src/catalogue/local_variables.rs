//! Local variables of generated functions.

use crate::syntax::editor_spans::error_span;
use proc_macro2::{Ident, Span};

/// Gives a variable a span in the user's code. The compiler then reports an error in a call of its
/// method there.
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
