//! Makes texts from stores and from calling code safe to log in errors.

/// The maximum number of characters of a store's text in an error.
const LONGEST_QUOTATION: usize = 64;

/// Quotes a text from a store for an error. Special characters are escaped, and long texts are
/// shortened.
#[cfg(any(test, feature = "redis", feature = "sqlx", feature = "toml"))]
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTATION) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Makes an error's text safe to log. The text may quote a store. Special characters are escaped, and
/// long texts are shortened.
pub(crate) fn escaped(message: &str) -> String {
    let mut escaped = String::new();
    for (position, character) in message.trim().chars().enumerate() {
        if position == 4 * LONGEST_QUOTATION {
            escaped.push('…');
            break;
        }
        match character {
            '"' | '\'' | '\\' => escaped.push(character),
            _ => escaped.extend(character.escape_debug()),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escaped, quoted};

    #[test]
    fn texts_in_errors_are_escaped_and_short() {
        assert_eq!(quoted("a\u{202e}\n\""), "\"a\\u{202e}\\n\\\"\"");
        assert_eq!(quoted(&"é".repeat(100)), format!("\"{}\"…", "é".repeat(64)));
        assert_eq!(escaped("say \"a\"\u{1b}[2J\n"), "say \"a\"\\u{1b}[2J");
        assert_eq!(escaped(&"x".repeat(1000)).chars().count(), 257);
    }
}
