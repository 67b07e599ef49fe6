//! Skips the code spans in generated sentences.

/// Returns the text after a code span, or `None` if the text doesn't start with one.
pub(super) fn after_code(text: &str) -> Option<&str> {
    let fence = &text[..text.len() - text.trim_start_matches('`').len()];
    let (code, rest) = text[fence.len()..].split_once(fence)?;
    (!fence.is_empty() && !code.is_empty() && !rest.starts_with('`')).then_some(rest)
}
