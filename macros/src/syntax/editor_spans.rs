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
//! - `#[requires_tier(Plan::)]` isn't a path that a macro can parse, so completion of the tier needs its
//!   first letter.

use proc_macro2::Span;
use std::sync::OnceLock;

/// Returns the span of generated tokens whose errors the compiler reports at this place.
pub(crate) fn error_span(place: Span) -> Span {
    if is_for_editor() {
        Span::call_site()
    } else {
        place
    }
}

/// Returns the span of a generated item's name. An editor shows this place as the item's definition.
pub(crate) fn definition_span(place: Span) -> Span {
    if is_for_editor() {
        place
    } else {
        Span::call_site()
    }
}

/// Whether rust-analyzer expands the macro. No interface reports this, so the name of the program decides.
pub(crate) fn is_for_editor() -> bool {
    static IS_FOR_EDITOR: OnceLock<bool> = OnceLock::new();
    *IS_FOR_EDITOR.get_or_init(|| {
        // Either `rust-analyzer` or `rust-analyzer-proc-macro-srv`.
        let program = std::env::current_exe().unwrap_or_default();
        let name = program.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with("rust-analyzer")
    })
}
