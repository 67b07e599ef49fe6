//! Writes the catalogue as comma-separated values (RFC 4180).

use crate::export::limit_columns::cost_of;
use crate::snapshot::Snapshot;
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::limit_text::texts_by_tier;
use crate::snapshot::need_row::rule_word;
use crate::snapshot::rows::EndpointRow;

const HEADER: &str = "method,path,required_tier,required_rank,public_reason,summary,name,module,required_feature,feature_rule,until_versions";

const EVENT_HEADER: &str =
    "name,required_tier,required_rank,summary,module,required_feature,feature_rule,until_versions";

/// The columns of catalogues with limits, costs or a quota.
const LIMIT_HEADER: &str = ",limits,cost,quota";

impl Snapshot {
    /// Returns the catalogue as comma-separated values. See [`Catalogue::csv`](crate::Catalogue::csv).
    pub fn to_csv(&self) -> String {
        csv_document(self)
    }

    /// Returns the events as comma-separated values. See
    /// [`Catalogue::events_csv`](crate::Catalogue::events_csv).
    pub fn to_events_csv(&self) -> String {
        let mut csv = format!("{EVENT_HEADER}\r\n");
        for event in self.events() {
            push_event(&mut csv, event);
            csv.push_str("\r\n");
        }
        csv
    }
}

fn csv_document(snapshot: &Snapshot) -> String {
    let has_limits = snapshot.has_limits();
    let mut csv = String::from(HEADER);
    if has_limits {
        csv.push_str(LIMIT_HEADER);
    }
    csv.push_str("\r\n");
    for endpoint in snapshot.endpoints() {
        push_endpoint(&mut csv, endpoint);
        if has_limits {
            push_limits(&mut csv, endpoint, &snapshot.quota);
        }
        csv.push_str("\r\n");
    }
    csv
}

fn push_endpoint(csv: &mut String, endpoint: &EndpointRow) {
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
        endpoint.required_feature(),
        rule_word(endpoint.feature_rule()),
        Some(&versions_field(endpoint)),
    ];
    push_fields(csv, &fields);
}

fn push_event(csv: &mut String, event: &EndpointRow) {
    let rank = event.required_rank().map(|rank| rank.to_string());
    let fields = [
        Some(event.name()),
        event.required_tier(),
        rank.as_deref(),
        Some(event.summary()),
        Some(event.module()),
        event.required_feature(),
        rule_word(event.feature_rule()),
        Some(&versions_field(event)),
    ];
    push_fields(csv, &fields);
}

fn versions_field(row: &EndpointRow) -> String {
    let versions = row
        .versions()
        .map(|(below, tier)| format!("{below}: {tier}"));
    versions.collect::<Vec<_>>().join("; ")
}

fn push_fields(csv: &mut String, fields: &[Option<&str>]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        push_csv_field(csv, field.unwrap_or_default());
    }
}

/// Appends the columns `limits`, `cost` and `quota`.
fn push_limits(csv: &mut String, endpoint: &EndpointRow, quota: &LimitRows) {
    let limits = |rows: &LimitRows| texts_by_tier(rows.as_slice(), str::to_owned).join("; ");
    let cost = cost_of(endpoint).map(|cost| cost.to_string());
    let quota = if endpoint.uses_quota() {
        limits(quota)
    } else {
        String::new()
    };
    for field in [
        limits(&endpoint.declared_limits()),
        cost.unwrap_or_default(),
        quota,
    ] {
        csv.push(',');
        push_csv_field(csv, &field);
    }
}

/// Appends a field and prevents formula injection.
///
/// Spreadsheet programs evaluate cells that look like formulas. An apostrophe at the start of a cell
/// makes the program treat the cell as text. Programs disagree about which characters start a formula.
/// Every field is therefore prefixed with an apostrophe unless it starts with a letter, a digit or harmless ASCII
/// punctuation. Some programs also split cells at semicolons or tabs, or at line breaks inside quotes. If
/// a formula follows one of these separators, the function therefore inserts an apostrophe before the
/// formula too.
fn push_csv_field(csv: &mut String, field: &str) {
    let needs_quotes = field.contains([',', ';', '"', '\t', '\r', '\n']);
    if needs_quotes {
        csv.push('"');
    }
    if field
        .chars()
        .next()
        .is_some_and(|first| !is_harmless_start(first))
    {
        csv.push('\'');
    }
    // Whether a spreadsheet program could treat the current character as the start of a new cell.
    let mut can_start_cell = false;
    for character in field.chars() {
        if can_start_cell && starts_formula(character) {
            csv.push('\'');
        }
        let is_separator = matches!(character, ';' | '\t' | '\r' | '\n');
        can_start_cell = is_separator || (can_start_cell && character == ' ');
        if character == '"' {
            csv.push('"');
        }
        csv.push(character);
    }
    if needs_quotes {
        csv.push('"');
    }
}

/// Whether a field that starts with this character needs no apostrophe.
fn is_harmless_start(first: char) -> bool {
    first.is_alphanumeric() || (first.is_ascii_punctuation() && !starts_formula(first))
}

/// Whether a formula can start with this character. This includes the full-width forms of `=`, `+`, `-`
/// and `@`, and the Unicode minus sign.
fn starts_formula(character: char) -> bool {
    matches!(
        character,
        '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\u{2212}'
    )
}

#[cfg(test)]
mod tests {
    use super::push_csv_field;
    use crate::snapshot::Snapshot;

    #[test]
    fn requirements_have_columns() {
        let lock = "version 2\ntier 0 =Free\ntier 1 Plus\nfeature =radio Radio\n\
            gate /a GET Plus a or_feature =radio until_version 2 =Free until_version 4 Plus enforced =Free\n\
            gate /b GET - b feature =radio\n";
        let csv = Snapshot::from_lock(lock).unwrap().to_csv();
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "GET,/a,Plus,1,,,a,,'=radio,or,\"2: =Free; 4: Plus\"",
                "GET,/b,,,,,b,,'=radio,only,",
            ]
        );
    }

    #[test]
    fn limits_have_columns() {
        let lock = "version 3\ntier 0 =Free\ntier 1 Plus\n\
            quota 100/day from Plus \"60/minute; 5000/day\"\n\
            gate /a GET =Free a limit 10/minute from Plus unlimited cost 0\n\
            gate /b GET Plus b cost 20\n\
            open /c GET c why\n";
        let csv = Snapshot::from_lock(lock).unwrap().to_csv();
        let quota = "\"'=Free: 100/day; Plus: 60/minute and 5000/day\"";
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "GET,/a,'=Free,0,,,a,,,,,\"'=Free: 10/minute; Plus: unlimited\",0,",
                &format!("GET,/b,Plus,1,,,b,,,,,,20,{quota}"),
                "GET,/c,,,why,,c,,,,,,,",
            ]
        );
    }

    #[test]
    fn events_have_a_document() {
        let lock = "version 4\ntier 0 =Free\ntier 1 Plus\nfeature =radio Radio\ngate /a GET Plus a\n\
            event =E Plus or_feature =radio until_version 2 =Free until_version 4 Plus enforced =Free\n\
            event F,G - feature =radio\n";
        let snapshot = Snapshot::from_lock(lock).unwrap();
        assert_eq!(
            snapshot.to_events_csv(),
            "name,required_tier,required_rank,summary,module,required_feature,feature_rule,until_versions\r\n\
            '=E,Plus,1,,,'=radio,or,\"2: =Free; 4: Plus\"\r\n\
            \"F,G\",,,,,'=radio,only,\r\n"
        );
        assert_eq!(snapshot.to_csv().lines().count(), 2);
        let header = Snapshot::default().to_events_csv();
        assert_eq!(header.lines().count(), 1);
    }

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
            push_csv_field(&mut document, field);
            assert_eq!(document, expected);
        }
    }
}
