//! Writes texts as quoted string literals, and reads such literals.

use crate::snapshot::invisible_characters::is_hidden;
use std::fmt::Write as _;

/// Returns the text as a double-quoted string literal that is valid in both Rust and JavaScript.
///
/// Invisible characters, `<`, `>`, and all whitespace except ordinary spaces are escaped. The literal
/// therefore contains neither a line break nor an HTML tag.
pub(crate) fn quoted(raw: &str) -> String {
    let mut quoted = String::with_capacity(raw.len() + 2);
    quoted.push('"');
    for character in raw.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '<' | '>' => push_escape(&mut quoted, character),
            ' ' => quoted.push(character),
            character if character.is_whitespace() || is_hidden(character) => {
                push_escape(&mut quoted, character);
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn push_escape(text: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
}

/// Reads a string literal that `quoted` wrote. The input starts after the literal's opening quote.
/// Returns the text that the literal represents, and the remainder of the input after the closing quote.
pub(crate) fn unquote(quoted: &str) -> Result<(String, &str), String> {
    let mut text = String::new();
    let mut unread = quoted.chars();
    while let Some(character) = unread.next() {
        match character {
            '"' => return Ok((text, unread.as_str())),
            '\\' => match unread.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('u') => {
                    let escape = unread.as_str().strip_prefix('{').and_then(|hex| {
                        let (hex, after_escape) = hex.split_once('}')?;
                        let character = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
                        Some((character, after_escape))
                    });
                    let Some((character, after_escape)) = escape else {
                        return Err(
                            "`\\u{…}` must contain the hexadecimal code of a character".to_owned()
                        );
                    };
                    text.push(character);
                    unread = after_escape.chars();
                }
                Some(character @ ('"' | '\\')) => text.push(character),
                _ => {
                    return Err(
                        "unknown escape in a quoted text; write a backslash as `\\\\`".to_owned(),
                    );
                }
            },
            character => text.push(character),
        }
    }
    Err("a quoted text has no closing quote".to_owned())
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use crate::snapshot::invisible_characters::is_hidden;

    #[test]
    fn quoted_text_shows_invisible_characters() {
        for character in ('\0'..=char::MAX).filter(|&c| is_hidden(c) || c.is_whitespace()) {
            let quoted = quoted(&format!("Pl{character}us"));
            assert!(quoted.is_ascii() && quoted != "\"Plus\"", "{quoted}");
            assert!(character == ' ' || !quoted.contains(' '), "{quoted}");
        }
    }

    #[test]
    fn quoted_text_ends_at_its_last_quote() {
        assert_eq!(
            quoted("\"\\\n</script>\u{202e}\u{2028}é"),
            r#""\"\\\n\u{3c}/script\u{3e}\u{202e}\u{2028}é""#
        );
    }
}
