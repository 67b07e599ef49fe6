//! Writes the catalogue as a Markdown table, and escapes text for Markdown.

use crate::snapshot::Snapshot;
use crate::snapshot::invisible_characters::visible;
use crate::snapshot::rows::{AccessRow, EndpointRow};
use std::fmt::Write as _;

impl Snapshot {
    /// Returns the catalogue as a Markdown table. See
    /// [`Catalogue::markdown`](crate::Catalogue::markdown).
    pub fn to_markdown(&self) -> String {
        markdown_table(&self.endpoints)
    }
}

/// Renders the table for [`Catalogue::markdown`](crate::Catalogue::markdown).
pub(crate) fn markdown_table(endpoints: &[EndpointRow]) -> String {
    let mut table =
        String::from("| Method | Path | Minimum tier | Summary |\n| --- | --- | --- | --- |\n");
    for endpoint in endpoints {
        let requirement = match &endpoint.access {
            AccessRow::Gated(need) => need.declared_text(text),
            AccessRow::Public { reason } => format!("Public: {}", text(reason)),
        };
        let path = match endpoint.path() {
            Some(path) => code(path),
            None => code(endpoint.name()),
        };
        // A pipe would end the table cell, even inside a code span. `text` escapes the pipes in the other
        // cells, but `code` doesn't escape pipes.
        let path = path.replace('|', "\\|");
        let summary = match (endpoint.is_deprecated(), text(endpoint.summary())) {
            (false, summary) => summary,
            (true, summary) if summary.is_empty() => "Deprecated.".to_owned(),
            (true, summary) => format!("Deprecated. {summary}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {path} | {requirement} | {summary} |",
            endpoint.method().unwrap_or_default(),
        );
    }
    table
}

/// Escapes all characters that have a special meaning in Markdown.
pub(crate) fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_word = characters.peek().is_none_or(|next| next.is_whitespace());
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A full stop or a colon inside a word can turn the word into a link, as in
            // `www.example.com`.
            '.' | ':' if ends_word => escaped.push(character),
            // Markdown allows a backslash before any ASCII punctuation character. These characters don't
            // need a backslash, because they have no special meaning within a line.
            ',' | ';' | '\'' | '"' | '/' | '(' | ')' | '?' | '%' => escaped.push(character),
            character if character.is_ascii_punctuation() => {
                escaped.push('\\');
                escaped.push(character);
            }
            character => escaped.extend(visible(character)),
        }
    }
    escaped
}

/// Renders a code span. A code span can't contain escaped backticks. The fence of backticks around the
/// span is therefore longer than any run of backticks in the code. If the code span is part of a table
/// cell, the caller must escape pipes.
pub(crate) fn code(raw: &str) -> String {
    let shown: String = raw.chars().filter_map(visible).collect();
    let backtick_runs = shown.split(|character| character != '`').map(str::len);
    let fence = "`".repeat(backtick_runs.max().unwrap_or(0) + 1);
    let pad = if shown.starts_with('`') || shown.ends_with('`') || shown.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::{code, text};
    use crate::snapshot::Snapshot;

    #[test]
    fn rows_state_the_declared_requirement() {
        let lock = "version 2\ntier 0 Free\ntier 1 P|us\nfeature radio *Radio*\n\
            gate /a GET P|us a feature radio enforced Free\n\
            gate /b GET P|us b or_feature radio until_version 3 Free\n\
            gate /c GET - c feature radio\n";
        let markdown = Snapshot::from_lock(lock).unwrap().to_markdown();
        let rows: Vec<&str> = markdown.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                r"| GET | `/a` | P\|us + \*Radio\* |  |",
                r"| GET | `/b` | P\|us or \*Radio\* (Free or \*Radio\* with a plan version below 3) |  |",
                r"| GET | `/c` | \*Radio\* |  |",
            ]
        );
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            text("</script>|`a`\n*b* [c](d) &lt; \u{202e}x"),
            r"&lt;/script&gt;\|\`a\` \*b\* \[c\](d) &amp;lt; x"
        );
        assert_eq!(
            text("See: https://a.example, or b@c.example."),
            r"See: https\://a\.example, or b\@c\.example."
        );
    }

    #[test]
    fn code_spans_contain_any_text() {
        assert_eq!(code("/a"), "`/a`");
        assert_eq!(code("a``b|c"), "```a``b|c```");
        assert_eq!(code("`"), "`` ` ``");
    }
}
