//! Prepares names and documentation for use in documents.

use std::fmt::Write as _;

/// Returns the character to show, or `None` for an invisible one.
///
/// Line breaks and tabs become spaces. Control characters, characters that change the text direction,
/// and characters that Unicode calls default-ignorable are invisible. Joiners, which Persian and family
/// emoji need, and variation selectors are kept, because they change how their neighbours look.
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

/// Returns the text on one line, without invisible characters.
pub(crate) fn shown(raw: &str) -> String {
    raw.chars().filter_map(visible).collect()
}

/// Returns the text as a double-quoted string literal that is valid in both Rust and JavaScript.
///
/// Invisible characters are escaped, and so is all whitespace except the plain space. `<` and `>` are
/// escaped too, so the literal contains neither a line break nor an HTML tag.
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
            '<' | '>' => escape(&mut quoted, character),
            ' ' => quoted.push(character),
            character if character.is_whitespace() || is_hidden(character) => {
                escape(&mut quoted, character);
            }
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

/// Replaces the links in documentation with their text, as rustdoc shows it. Keeps brackets that may
/// not be a link, such as `[optional]`.
pub(crate) fn unlinked(documentation: &str) -> String {
    let mut text = String::with_capacity(documentation.len());
    let mut rest = documentation;
    while let Some(start) = rest.find(['[', '`', '\\']) {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        let (own, behind) = match rest.as_bytes()[0] {
            b'[' => link(rest).unwrap_or_else(|| rest.split_at(1)),
            // A code span contains no links.
            b'`' => rest.split_at(code_span(rest)),
            _ => {
                let escaped = rest[1..].chars().next().map_or(0, char::len_utf8);
                rest.split_at(1 + escaped)
            }
        };
        text.push_str(own);
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// Returns the text of the link at the start of `text`, and the remainder after the link.
fn link(text: &str) -> Option<(&str, &str)> {
    let (inner, behind) = bracketed(text, '[', ']')?;
    let target = match behind.chars().next() {
        Some('(') => bracketed(behind, '(', ')'),
        Some('[') => bracketed(behind, '[', ']'),
        _ => None,
    };
    match target {
        Some((_, behind)) => Some((inner, behind)),
        None if code_span(inner) == inner.len() && inner.len() > 2 => Some((inner, behind)),
        None => None,
    }
}

/// Returns the text between the bracket at the start of `text` and its closing bracket, and the
/// remainder.
fn bracketed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (index, character) in text.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return Some((&text[1..index], &text[index + 1..]));
            }
        }
    }
    None
}

/// Returns the length of the code span at the start of `text`. If the backticks there don't open a code
/// span, returns the number of backticks.
fn code_span(text: &str) -> usize {
    let run = |text: &str| text.len() - text.trim_start_matches('`').len();
    let fence = run(text);
    let mut place = fence;
    while let Some(next) = text[place..].find('`').filter(|_| fence > 0) {
        place += next;
        let length = run(&text[place..]);
        place += length;
        if length == fence {
            return place;
        }
    }
    fence
}

/// Removes the byte order mark that some editors write.
pub(crate) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{is_hidden, quoted, shown, unlinked};

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

    #[test]
    fn quoted_text_shows_invisible_characters() {
        for character in ('\0'..=char::MAX).filter(|&c| is_hidden(c) || c.is_whitespace()) {
            let quoted = quoted(&format!("Pl{character}us"));
            assert!(quoted.is_ascii() && quoted != "\"Plus\"", "{quoted}");
            assert!(character == ' ' || !quoted.contains(' '), "{quoted}");
        }
    }

    #[test]
    fn links_are_replaced_with_their_text() {
        for (documentation, text) in [
            (
                "Lists the [`Unit`]s of a server.",
                "Lists the `Unit`s of a server.",
            ),
            (
                "See [units](crate::Unit (x)) and [`a[0]`][Unit].",
                "See units and `a[0]`.",
            ),
            (
                "[all][], [optional], `[u8](x)`, [``a`b``]",
                "all, [optional], `[u8](x)`, ``a`b``",
            ),
            (r"\[a](b) \", r"\[a](b) \"),
            ("[[a](b", "[[a](b"),
            ("[`a`b`c`] `[x](y)", "[`a`b`c`] `x"),
            ("[] [``] ` [é](x)", "[] [``] ` é"),
        ] {
            assert_eq!(unlinked(documentation), text, "{documentation}");
        }
        let deep = "[".repeat(10_000);
        assert_eq!(unlinked(&deep), deep);
    }

    #[test]
    fn quoted_text_ends_at_its_last_quote() {
        assert_eq!(
            quoted("\"\\\n</script>\u{202e}\u{2028}é"),
            r#""\"\\\n\u{3c}/script\u{3e}\u{202e}\u{2028}é""#
        );
    }
}
