//! The spans of generated tokens. Some spans depend on the program that expands the macro: the compiler,
//! or rust-analyzer for an editor.
//!
//! If generated code causes an error, the compiler reports the error at the spans of the generated
//! tokens. For the compiler, these tokens therefore have the span of the user's code for which they
//! were generated.
//!
//! Rust-analyzer also uses spans to look up a name in the user's code: it collects the definitions and
//! the documentation of all generated names that have the span of this name. For an editor, therefore,
//! only a name that the user wrote has a span in the user's code. The generated tokens around this name
//! have no such span.
//!
//! The macros can't improve two kinds of completion:
//! - Completion in `handlers(…)` also offers the hidden types next to the handlers. The hidden types
//!   must be in the same module as the handlers, and rust-analyzer offers every item of the current
//!   crate.
//! - A macro can't parse `#[requires_tier(Plan::)]`, because `Plan::` isn't a complete path. Completion of
//!   the tier therefore works only after its first letter.

use proc_macro2::{Ident, Span};
use std::sync::OnceLock;

/// Returns the span for generated tokens. The compiler reports errors in these tokens at `user_span`.
pub(crate) fn error_span(user_span: Span) -> Span {
    if is_for_editor() {
        Span::call_site()
    } else {
        user_span
    }
}

/// Returns the span for a generated item's name. An editor shows the code at `user_span` as the item's
/// definition.
pub(crate) fn definition_span(user_span: Span) -> Span {
    if is_for_editor() {
        user_span
    } else {
        Span::call_site()
    }
}

/// Returns the name of a local variable in generated code. The variable can't shadow a handler that has
/// the same name.
pub(crate) fn local_variable(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Gives a local variable a span in the user's code. If a method call on the variable doesn't compile,
/// the compiler reports the error at this span.
pub(crate) fn located_variable(variable: &Ident, user_span: Span) -> Ident {
    Ident::new(
        &variable.to_string(),
        Span::mixed_site().located_at(error_span(user_span)),
    )
}

/// Returns whether rust-analyzer is expanding the macro. No API reports this, so the function checks
/// the name of the running program.
pub(crate) fn is_for_editor() -> bool {
    static IS_FOR_EDITOR: OnceLock<bool> = OnceLock::new();
    *IS_FOR_EDITOR.get_or_init(|| {
        // Either `rust-analyzer` or `rust-analyzer-proc-macro-srv`.
        let program = std::env::current_exe().unwrap_or_default();
        let program_name = program.file_name().unwrap_or_default();
        program_name.to_string_lossy().starts_with("rust-analyzer")
    })
}
