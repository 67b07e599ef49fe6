//! Replaces rustdoc links in documentation with their text.

/// Replaces the links in documentation with the text that rustdoc shows for them. Keeps brackets that
/// may not belong to a link, such as `[optional]`.
pub(crate) fn unlinked(documentation: &str) -> String {
    let mut unlinked_text = String::with_capacity(documentation.len());
    let mut unread = documentation;
    while let Some(start) = unread.find(['[', '`', '\\']) {
        unlinked_text.push_str(&unread[..start]);
        unread = &unread[start..];
        let (kept_text, remainder) = match unread.as_bytes()[0] {
            b'[' => split_link(unread).unwrap_or_else(|| unread.split_at(1)),
            // A code span contains no links.
            b'`' => unread.split_at(code_span_length(unread)),
            _ => {
                let escaped_length = unread[1..].chars().next().map_or(0, char::len_utf8);
                unread.split_at(1 + escaped_length)
            }
        };
        unlinked_text.push_str(kept_text);
        unread = remainder;
    }
    unlinked_text.push_str(unread);
    unlinked_text
}

/// Returns the text of the link at the start of `markdown`, and the remainder of `markdown` after the
/// link.
fn split_link(markdown: &str) -> Option<(&str, &str)> {
    let (link_text, after_text) = split_brackets(markdown, '[', ']')?;
    let target = match after_text.chars().next() {
        Some('(') => split_brackets(after_text, '(', ')'),
        Some('[') => split_brackets(after_text, '[', ']'),
        _ => None,
    };
    let is_code = || code_span_length(link_text) == link_text.len() && link_text.len() > 2;
    match target {
        Some((_, after_link)) => Some((link_text, after_link)),
        None if is_code() => Some((link_text, after_text)),
        None => None,
    }
}

/// Returns the text between the opening bracket at the start of `markdown` and its closing bracket, and
/// the remainder after the closing bracket.
fn split_brackets(markdown: &str, opening: char, closing: char) -> Option<(&str, &str)> {
    let mut bracket_depth = 0_usize;
    for (index, character) in markdown.char_indices() {
        if character == opening {
            bracket_depth += 1;
        } else if character == closing {
            bracket_depth -= 1;
            if bracket_depth == 0 {
                return Some((&markdown[1..index], &markdown[index + 1..]));
            }
        }
    }
    None
}

/// Returns the length of the code span at the start of `markdown`. Returns only the number of backticks
/// at the start if these backticks don't open a code span.
fn code_span_length(markdown: &str) -> usize {
    let count_backticks = |text: &str| text.len() - text.trim_start_matches('`').len();
    let opening_backticks = count_backticks(markdown);
    let mut end = opening_backticks;
    while let Some(offset) = markdown[end..].find('`').filter(|_| opening_backticks > 0) {
        end += offset;
        let backticks = count_backticks(&markdown[end..]);
        end += backticks;
        if backticks == opening_backticks {
            return end;
        }
    }
    opening_backticks
}

#[cfg(test)]
mod tests {
    use super::unlinked;

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
}
