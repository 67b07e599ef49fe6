//! Reads a caller from a row that the query returned.

use crate::access::caller::Caller;
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::source::stores::stored_tier::read_stored_tier;
use crate::tier::Tier;
use ctutils::CtEq;
use sqlx::{Column, ColumnIndex, Database, Decode, Row, Type, TypeInfo};

/// The name of PostgreSQL's type `char(n)`, which pads values with spaces.
const PADDED_CHAR_TYPE: &str = "CHAR";

/// A column's value.
enum ColumnValue {
    Text(String),
    Number(i64),
}

impl ColumnValue {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Reads the caller from a row with the tier, the id and the stored key. The stored key must equal
/// `key`.
pub(super) fn read_caller_row<T, DB>(row: &DB::Row, key: &[u8]) -> Result<Caller<T>, SourceError>
where
    T: Tier,
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> Vec<u8>: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let columns = row.len();
    if columns > 3 {
        return Err(SourceError::invalid_tier(safe("more than three columns")));
    }
    // The stored key is compared before the other columns are read. If the keys differ, the row belongs
    // to another caller, and nothing about the row is reported.
    if columns == 3 && !stored_key_equals::<DB>(row, key)? {
        return Err(SourceError::UnknownCaller);
    }
    let caller = Caller::from(match column_value::<DB>(row, 0)? {
        Some(ColumnValue::Text(text)) => Some(read_stored_tier(&text)?),
        Some(ColumnValue::Number(number)) => Some(tier_from_stored_rank(number)?),
        None => None,
    });
    let id = if columns > 1 {
        column_value::<DB>(row, 1)?
    } else {
        None
    };
    Ok(match id {
        Some(id) => caller.with_id(id.into_text()),
        None => caller,
    })
}

/// Returns the tier with this rank. A number is never compared with tier names, even if the names
/// consist of digits.
fn tier_from_stored_rank<T: Tier>(number: i64) -> Result<T, SourceError> {
    match u32::try_from(number) {
        Ok(rank) => Ok(T::from_rank(rank)?),
        Err(_) => Err(SourceError::invalid_tier(safe(
            "a number that cannot be a rank",
        ))),
    }
}

/// Returns whether the third column equals this key, byte for byte.
fn stored_key_equals<DB>(row: &DB::Row, key: &[u8]) -> Result<bool, SourceError>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> Vec<u8>: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let stored_key = match column_value::<DB>(row, 2) {
        Ok(stored_key) => stored_key.map(|stored_key| stored_key.into_text().into_bytes()),
        Err(error) => row.try_get::<Option<Vec<u8>>, _>(2).map_err(|_| error)?,
    };
    Ok(stored_key.is_some_and(|stored_key| stored_key.as_slice().ct_eq(key).to_bool()))
}

/// Reads a column that contains text or a whole number.
fn column_value<DB>(row: &DB::Row, column: usize) -> Result<Option<ColumnValue>, SourceError>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let unsupported_type = || {
        let column = column + 1;
        SourceError::invalid_tier(safe(format!(
            "column {column} is neither text nor a whole number"
        )))
    };
    let declared_type = row
        .try_column(column)
        .map_err(|_| unsupported_type())?
        .type_info();
    // SQLite stores booleans as numbers. Without this check, booleans would be read as ranks.
    if declared_type.name() == "BOOLEAN" {
        return Err(unsupported_type());
    }
    // Each `try_get` fails if the column's type differs from the requested type.
    if let Ok(text) = row.try_get::<Option<String>, _>(column) {
        return Ok(text.map(|mut text| {
            if declared_type.name() == PADDED_CHAR_TYPE {
                text.truncate(text.trim_end_matches(' ').len());
            }
            ColumnValue::Text(text)
        }));
    }
    let number = row
        .try_get::<Option<i64>, _>(column)
        .or_else(|_| {
            row.try_get::<Option<i32>, _>(column)
                .map(|number| number.map(i64::from))
        })
        .or_else(|_| {
            row.try_get::<Option<i16>, _>(column)
                .map(|number| number.map(i64::from))
        });
    number
        .map(|number| number.map(ColumnValue::Number))
        .map_err(|_| unsupported_type())
}
