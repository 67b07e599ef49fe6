//! Removes invisible characters from names and texts before they appear in documents.

/// Returns what documents contain instead of `character`, or `None` if `character` is invisible.
///
/// Line breaks and tabs become spaces. Control characters, characters that change the text direction,
/// and characters that Unicode calls default-ignorable are invisible. Joiners and variation selectors
/// are kept, because they change how the characters next to them look. For example, Persian words and
/// family emoji need joiners.
pub(crate) fn visible(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{200c}' | '\u{200d}' => Some(character),
        '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            Some(character)
        }
        character if is_hidden(character) => None,
        character => Some(character),
    }
}

/// Joins the text into one line, and removes invisible characters.
pub(crate) fn shown(raw: &str) -> String {
    raw.chars().filter_map(visible).collect()
}

/// Returns whether a character is invisible: a control character, an interlinear annotation anchor, or
/// a character with the property `Default_Ignorable_Code_Point` of Unicode 17. This property includes
/// every character that changes the text direction.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Removes the byte order mark that some editors write at the start of a file.
pub(crate) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_shown_text_is_one_line() {
        assert_eq!(shown("a\nb\u{202e}c\u{0}\u{85}d\u{c}e"), "a bc d e");
    }

    #[test]
    fn joiners_and_variation_selectors_are_kept() {
        for text in [
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}",
            "葛\u{e0100}",
        ] {
            assert_eq!(shown(text), text);
        }
        for hidden in [
            '\u{ad}',
            '\u{3164}',
            '\u{e0041}',
            '\u{200b}',
            '\u{2066}',
            '\u{200f}',
        ] {
            assert_eq!(shown(&format!("a{hidden}b")), "ab", "{hidden:?}");
        }
    }
}
