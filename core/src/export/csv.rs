//! Comma-separated values (RFC 4180).

use crate::snapshot::Snapshot;
use crate::snapshot::rows::EndpointRow;

const HEADER: &str =
    "method,path,required_tier,required_rank,public_reason,summary,name,module\r\n";

impl Snapshot {
    /// Returns the catalogue as comma-separated values. See [`Catalogue::csv`](crate::Catalogue::csv).
    pub fn to_csv(&self) -> String {
        document(&self.endpoints)
    }
}

pub(crate) fn document(endpoints: &[EndpointRow]) -> String {
    let mut document = String::from(HEADER);
    for endpoint in endpoints {
        let rank = endpoint.required_rank().map(|rank| rank.to_string());
        let fields = [
            endpoint.method(),
            endpoint.path(),
            endpoint.required_tier(),
            rank.as_deref(),
            endpoint.public_reason(),
            Some(endpoint.summary()),
            Some(endpoint.name()),
            Some(endpoint.module()),
        ];
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                document.push(',');
            }
            push(&mut document, field.unwrap_or_default());
        }
        document.push_str("\r\n");
    }
    document
}

/// Appends a field and prevents formula injection.
///
/// Spreadsheets evaluate a cell that starts like a formula. A leading apostrophe makes the cell text.
/// Programs disagree about which characters start a formula, so every field gets an apostrophe unless
/// it starts with a letter, a digit or harmless ASCII punctuation. Some programs also split cells at
/// semicolons or tabs, or at line breaks inside quotes. A formula after such a separator therefore
/// gets an apostrophe too.
fn push(document: &mut String, field: &str) {
    let quotes = field.contains([',', ';', '"', '\t', '\r', '\n']);
    if quotes {
        document.push('"');
    }
    if field
        .chars()
        .next()
        .is_some_and(|first| !is_harmless(first))
    {
        document.push('\'');
    }
    // Whether some program could start a new cell here.
    let mut begins = false;
    for character in field.chars() {
        if begins && is_formula(character) {
            document.push('\'');
        }
        begins = matches!(character, ';' | '\t' | '\r' | '\n') || (begins && character == ' ');
        if character == '"' {
            document.push('"');
        }
        document.push(character);
    }
    if quotes {
        document.push('"');
    }
}

/// Whether a field that starts with this character needs no apostrophe.
fn is_harmless(first: char) -> bool {
    first.is_alphanumeric() || (first.is_ascii_punctuation() && !is_formula(first))
}

/// Whether this character starts a formula. Includes full-width forms and the Unicode minus sign.
fn is_formula(character: char) -> bool {
    matches!(
        character,
        '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\u{2212}'
    )
}

#[cfg(test)]
mod tests {
    use super::push;

    #[test]
    fn a_field_stays_one_field_and_is_never_a_formula() {
        for (field, expected) in [
            ("/units", "/units"),
            ("a,b", "\"a,b\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("=1+1", "'=1+1"),
            ("@x,\"y\"", "\"'@x,\"\"y\"\"\""),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}SUM(A1)", "'\u{ff20}SUM(A1)"),
            ("\u{2212}1", "'\u{2212}1"),
            ("\t=1", "\"'\t'=1\""),
            ("\r=1", "\"'\r'=1\""),
            ("\n=1", "\"'\n'=1\""),
            (" =1", "' =1"),
            ("\u{a0}=1", "'\u{a0}=1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("\u{0}=1", "'\u{0}=1"),
            ("a;=1", "\"a;'=1\""),
            ("a\n  =1", "\"a\n  '=1\""),
            ("a; b = c", "\"a; b = c\""),
            ("(x)", "(x)"),
            ("größer", "größer"),
            ("漢字", "漢字"),
            ("", ""),
        ] {
            let mut document = String::new();
            push(&mut document, field);
            assert_eq!(document, expected);
        }
    }
}
