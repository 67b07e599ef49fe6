//! Writes the catalogue as Markdown tables, and escapes text for Markdown.

use crate::export::limit_columns::{LimitColumns, cost_of, quota_by_tier};
use crate::snapshot::Snapshot;
use crate::snapshot::invisible_characters::visible;
use crate::snapshot::limit_text::texts;
use crate::snapshot::rows::{AccessRow, EndpointRow};
use std::fmt::Write as _;

impl Snapshot {
    /// Returns the catalogue as a Markdown table. If it has a quota or events, they follow in separate
    /// tables. See [`Catalogue::markdown`](crate::Catalogue::markdown).
    pub fn to_markdown(&self) -> String {
        markdown_tables(self)
    }
}

/// Renders the tables for [`Catalogue::markdown`](crate::Catalogue::markdown).
fn markdown_tables(snapshot: &Snapshot) -> String {
    let mut tables = Vec::new();
    if snapshot.events().is_empty() || !snapshot.endpoints().is_empty() {
        tables.push(endpoint_table(snapshot));
    }
    let quota = quota_by_tier(snapshot);
    if !quota.is_empty() {
        let rows = quota.into_iter();
        let rows = rows.map(|(tier, quota)| vec![text(tier), quota]);
        tables.push(table(&["Tier", "Quota of all endpoints together"], rows));
    }
    if !snapshot.events().is_empty() {
        let rows = snapshot.events().iter().map(event_cells);
        tables.push(table(&["Event", "Minimum tier", "Summary"], rows));
    }
    tables.join("\n")
}

fn endpoint_table(snapshot: &Snapshot) -> String {
    let columns = LimitColumns::of(snapshot);
    let mut header = vec!["Method", "Path", "Minimum tier"];
    header.extend(columns.has_limits.then_some("Limits"));
    header.extend(columns.has_costs.then_some("Cost"));
    header.push("Summary");
    let rows = snapshot.endpoints().iter();
    table(
        &header,
        rows.map(|endpoint| endpoint_cells(endpoint, columns)),
    )
}

fn endpoint_cells(endpoint: &EndpointRow, columns: LimitColumns) -> Vec<String> {
    let path = endpoint.path().unwrap_or(endpoint.name());
    let limits = || texts(endpoint.declared_limits().as_slice(), text).join("; ");
    let cost = || cost_of(endpoint).map_or_else(String::new, |cost| cost.to_string());
    let mut cells = vec![
        endpoint.method().unwrap_or_default().to_owned(),
        code_cell(path),
        requirement_cell(endpoint),
    ];
    cells.extend(columns.has_limits.then(limits));
    cells.extend(columns.has_costs.then(cost));
    cells.push(summary_cell(endpoint));
    cells
}

fn event_cells(event: &EndpointRow) -> Vec<String> {
    vec![
        code_cell(event.name()),
        requirement_cell(event),
        summary_cell(event),
    ]
}

/// Renders a code span as a table cell. A pipe would end the cell, even inside a code span. `text` escapes
/// the pipes in the other cells, but `code` doesn't escape pipes.
fn code_cell(raw: &str) -> String {
    code(raw).replace('|', "\\|")
}

fn requirement_cell(row: &EndpointRow) -> String {
    match &row.access {
        AccessRow::Gated(need) => need.declared_text(text),
        AccessRow::Public { reason } => format!("Public: {}", text(reason)),
    }
}

fn summary_cell(row: &EndpointRow) -> String {
    match (row.is_deprecated(), text(row.summary())) {
        (false, summary) => summary,
        (true, summary) if summary.is_empty() => "Deprecated.".to_owned(),
        (true, summary) => format!("Deprecated. {summary}"),
    }
}

/// Renders a table of cells whose text is already escaped.
fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rules = vec!["---"; header.len()];
    let mut table = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        table,
        "| {} |\n| {} |",
        header.join(" | "),
        rules.join(" | ")
    );
    for cells in rows {
        let _ = writeln!(table, "| {} |", cells.join(" | "));
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
    fn limits_have_columns_and_quotas_have_a_table() {
        let lock = "version 3\ntier 0 Free\ntier 1 P|us\n\
            quota 100/day from P|us \"60/minute; 5000/day\"\n\
            gate /a GET Free a limit 10/minute from P|us unlimited\n\
            gate /b GET P|us b limit \"60/minute; 5000/day\" cost 20\n\
            open /c GET c why\n";
        assert_eq!(
            Snapshot::from_lock(lock).unwrap().to_markdown(),
            r"| Method | Path | Minimum tier | Limits | Cost | Summary |
| --- | --- | --- | --- | --- | --- |
| GET | `/a` | Free | Free: 10/minute; P\|us: unlimited | 1 |  |
| GET | `/b` | P\|us | 60/minute and 5000/day | 20 |  |
| GET | `/c` | Public: why |  |  |  |

| Tier | Quota of all endpoints together |
| --- | --- |
| Free | 100/day |
| P\|us | 60/minute and 5000/day |
"
        );
        // Without a quota, a cost has no effect.
        let lock = "version 3\ntier 0 Free\ngate /a GET Free a cost 20\n";
        let markdown = Snapshot::from_lock(lock).unwrap().to_markdown();
        assert!(markdown.starts_with("| Method | Path | Minimum tier | Summary |\n"));
    }

    #[test]
    fn events_have_a_table() {
        let lock = "version 4\ntier 0 Free\ntier 1 P|us\nfeature radio *Radio*\n\
            event A|`B P|us until_version 3 Free enforced Free\nevent C - feature radio\n";
        let events = r"| Event | Minimum tier | Summary |
| --- | --- | --- |
| ``A\|`B`` | P\|us (Free with a plan version below 3) |  |
| `C` | \*Radio\* |  |
";
        let markdown = Snapshot::from_lock(lock).unwrap().to_markdown();
        assert_eq!(markdown, events);
        let lock = lock.replace("event C", "gate /a GET Free a\nquota 1/day\nevent C");
        assert_eq!(
            Snapshot::from_lock(&lock).unwrap().to_markdown(),
            format!(
                "| Method | Path | Minimum tier | Summary |\n| --- | --- | --- | --- |\n| GET | `/a` | Free |  |\n\n\
                | Tier | Quota of all endpoints together |\n| --- | --- |\n| Free | 1/day |\n| P\\|us | 1/day |\n\n{events}"
            )
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
