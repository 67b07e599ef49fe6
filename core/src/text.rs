//! Text from names and documentation, made fit for documents.

use std::fmt::Write as _;

/// Line breaks become spaces; other control characters, and those that turn the direction of the
/// text around them, are left out.
pub(crate) fn visible(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        character if is_hidden(character) => None,
        character => Some(character),
    }
}

/// A text that stays on its line and shows all of itself.
pub(crate) fn shown(raw: &str) -> String {
    raw.chars().filter_map(visible).collect()
}

/// A text in double quotes, as Rust and JavaScript both read it: what cannot be seen is a
/// `\u{…}`, and neither a line nor an element of HTML can end or begin in it.
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
            '<' | '>' | '\u{2028}' | '\u{2029}' => escape(&mut quoted, character),
            character if is_hidden(character) => escape(&mut quoted, character),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(text: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::{quoted, shown};

    #[test]
    fn a_shown_text_is_one_line() {
        assert_eq!(shown("a\nb\u{202e}c\u{0}"), "a bc");
    }

    #[test]
    fn a_quoted_text_cannot_be_left() {
        assert_eq!(
            quoted("\"\\\n</script>\u{202e}\u{2028}é"),
            r#""\"\\\n\u{3c}/script\u{3e}\u{202e}\u{2028}é""#
        );
    }
}
