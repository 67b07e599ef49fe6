//! Spans that depend on who expands the macro: the compiler, or rust-analyzer for an editor.
//!
//! The compiler reports an error at the spans of generated tokens, so these tokens have the spans of the
//! user's code that they are generated for. Rust-analyzer uses the same spans to look up a name in the
//! user's code: it collects the definition and the documentation of every generated name with that span.
//! For an editor, therefore, only the user's own name has its span, and the names around it don't.
//!
//! Two kinds of completion can't be improved here:
//! - Completion in `handlers(…)` also offers the hidden types next to the handlers. They must be items of
//!   the handlers' module, and rust-analyzer offers every item of the current crate.
//! - `#[requires_tier()]` and `#[requires_tier(Plan::)]` contain no name that generated code could repeat,
//!   so completion of a tier needs its first letter.

use proc_macro2::Span;
use std::sync::OnceLock;

/// Returns the span for generated tokens at which the compiler reports errors.
pub(crate) fn error_span(place: Span) -> Span {
    if is_for_editor() {
        Span::call_site()
    } else {
        place
    }
}

/// Returns the span for the name of a generated item, to which an editor goes from a use of the item.
pub(crate) fn definition_span(place: Span) -> Span {
    if is_for_editor() {
        place
    } else {
        Span::call_site()
    }
}

/// Whether rust-analyzer expands the macro. It has no API that reports this.
pub(crate) fn is_for_editor() -> bool {
    static IS_FOR_EDITOR: OnceLock<bool> = OnceLock::new();
    *IS_FOR_EDITOR.get_or_init(|| {
        // Either `rust-analyzer` or `rust-analyzer-proc-macro-srv`.
        let program = std::env::current_exe().unwrap_or_default();
        let name = program.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with("rust-analyzer")
    })
}
