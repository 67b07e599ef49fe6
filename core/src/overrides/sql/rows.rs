//! Reads overrides from the rows of the query.

use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::quotation::escaped;
use crate::access::overrides::raw::{RawOverride, RawSnapshot, RawValue};
use sqlx::{ColumnIndex, Database, Decode, Row, Type, TypeInfo, ValueRef};
use std::time::{Duration, SystemTime};

/// The maximum number of overrides.
pub(super) const MOST_OVERRIDES: usize = 100_000;

/// The query for the version alone.
pub(super) const VERSION_QUERY: &str = "SELECT version FROM tiergate_overrides_version";

/// Creates a query for the version, all overrides, and additional columns of the overrides. A single statement
/// reads everything at the same moment. If the table of overrides is empty, the result is one row with the
/// version and no override. The rows are sorted because errors state an override's position.
macro_rules! query {
    ($($column:literal)?) => {
        concat!(
            "SELECT v.version, o.is_override, o.kind, o.endpoint, o.tier, o.customer, o.until, o.by, o.because",
            $(", o.", $column,)?
            " FROM tiergate_overrides_version AS v LEFT JOIN (SELECT CAST(1 AS bigint) AS is_override, ",
            "kind, endpoint, tier, customer, until, by, because",
            $(", ", $column,)?
            " FROM tiergate_overrides) AS o ON 1 = 1 ",
            "ORDER BY o.endpoint, o.kind, o.customer LIMIT 100001"
        )
    };
}

/// The query for the columns that every table has.
pub(super) const QUERY: &str = query!();

/// The query for all columns. Tables without overrides of limits may lack the column `limits`.
pub(super) const QUERY_WITH_LIMITS: &str = query!("limits");

/// The index of the first column in the queries that contains a field of an override.
const FIRST_FIELD: usize = 2;

/// The columns of [`QUERY_WITH_LIMITS`], starting with [`FIRST_FIELD`]. [`QUERY`] has all but the last.
const FIELDS: [&str; 8] = [
    "kind", "endpoint", "tier", "customer", "until", "by", "because", "limits",
];

/// The seconds from 1970 to 2000, where PostgreSQL's timestamps begin.
const POSTGRES_EPOCH: Duration = Duration::from_secs(946_684_800);

/// The last second that RFC 3339 can show.
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Reads the version from the first column. Returns `None` if there is no row.
pub(super) fn read_version<DB>(row: Option<&DB::Row>) -> Result<u64, InvalidOverrides>
where
    DB: Database,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let row = row.ok_or_else(|| {
        InvalidOverrides::unreadable(
            "the table `tiergate_overrides_version` is empty; insert a version",
        )
    })?;
    let version = row.try_get::<i64, _>(0).ok();
    let version = version.and_then(|version| u64::try_from(version).ok());
    version.ok_or_else(|| {
        InvalidOverrides::unreadable(
            "the column `version` of `tiergate_overrides_version` is not a whole number of the type \
             bigint from 0 up",
        )
    })
}

/// Reads the rows that one of the queries returned.
pub(super) fn read_rows<DB>(rows: &[DB::Row]) -> Result<RawSnapshot, InvalidOverrides>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let version = read_version::<DB>(rows.first())?;
    if rows.len() > MOST_OVERRIDES {
        return Err(InvalidOverrides::unreadable(format!(
            "the table `tiergate_overrides` has more than {MOST_OVERRIDES} rows"
        )));
    }
    let mut overrides = Vec::new();
    for row in rows {
        if read_version::<DB>(Some(row))? != version {
            return Err(InvalidOverrides::unreadable(
                "the table `tiergate_overrides_version` has several rows; delete all but one",
            ));
        }
        // The value is missing only if the table of overrides is empty.
        if !matches!(row.try_get::<Option<i64>, _>(1), Ok(None)) {
            overrides.push(read_row::<DB>(row));
        }
    }
    Ok(RawSnapshot { version, overrides })
}

fn read_row<DB>(row: &DB::Row) -> RawOverride
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let mut raw = RawOverride::default();
    for (column, field) in (FIRST_FIELD..row.len()).zip(FIELDS) {
        if let Some(value) = read_value::<DB>(row, column) {
            raw.set(field, value);
        }
    }
    raw
}

/// Reads a column. Returns `None` for `NULL`.
fn read_value<DB>(row: &DB::Row, column: usize) -> Option<RawValue>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let unknown = || RawValue::Other("a value that the driver can't read".to_owned());
    let Ok(value) = row.try_get_raw(column) else {
        return Some(unknown());
    };
    if value.is_null() {
        return None;
    }
    let type_name = value.type_info().name().to_owned();
    if let Ok(text) = row.try_get::<String, _>(column) {
        return Some(RawValue::Text(text));
    }
    // The library can't know which of sqlx's time libraries the program enables. PostgreSQL sends a
    // `timestamptz` as a whole number of microseconds, which needs no time library.
    if type_name == "TIMESTAMPTZ" {
        let microseconds = row.try_get_unchecked::<i64, _>(column);
        return Some(microseconds.map_or_else(
            |_| unknown(),
            |microseconds| RawValue::Time(postgres_time(microseconds)),
        ));
    }
    let article = if type_name.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    };
    Some(RawValue::Other(format!(
        "{article} {}",
        escaped(&type_name)
    )))
}

/// Shows a `timestamptz` as in RFC 3339. RFC 3339 can't represent PostgreSQL's infinite times and years
/// after 9999. Such times are described in words.
fn postgres_time(microseconds: i64) -> String {
    let offset = Duration::from_micros(microseconds.unsigned_abs());
    let since_1970 = if microseconds < 0 {
        POSTGRES_EPOCH.checked_sub(offset)
    } else {
        POSTGRES_EPOCH.checked_add(offset)
    };
    match since_1970 {
        Some(since_1970) if since_1970 <= LAST_SECOND => {
            let time = SystemTime::UNIX_EPOCH + since_1970;
            humantime::format_rfc3339_micros(time).to_string()
        }
        Some(_) => "infinity, or a time after the year 9999".to_owned(),
        None => "-infinity, or a time before 1970".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_OVERRIDES, QUERY, QUERY_WITH_LIMITS, postgres_time};

    #[test]
    fn the_queries_read_one_row_more_than_allowed() {
        for query in [QUERY, QUERY_WITH_LIMITS] {
            assert!(query.ends_with(&format!("LIMIT {}", MOST_OVERRIDES + 1)));
        }
    }

    #[test]
    fn times_of_postgres_count_from_the_year_2000() {
        for (microseconds, expected) in [
            (0, "2000-01-01T00:00:00.000000Z"),
            (-1, "1999-12-31T23:59:59.999999Z"),
            (-946_684_800_000_000, "1970-01-01T00:00:00.000000Z"),
            (849_398_400_500_000, "2026-12-01T00:00:00.500000Z"),
            (-946_684_800_000_001, "-infinity, or a time before 1970"),
            (i64::MIN, "-infinity, or a time before 1970"),
            (i64::MAX, "infinity, or a time after the year 9999"),
        ] {
            assert_eq!(postgres_time(microseconds), expected);
        }
    }
}
