//! Reads a caller from a row of the query's result.

use crate::access::caller::Caller;
use crate::source::error_log::safe;
use crate::source::{SourceError, read_tier};
use crate::tier::Tier;
use ctutils::CtEq;
use sqlx::{Column, ColumnIndex, Database, Decode, Row, Type, TypeInfo};

/// The name of PostgreSQL's type `char(n)`, which pads values with spaces.
const PADDED: &str = "CHAR";

/// A column's value.
enum Value {
    Text(String),
    Number(i64),
}

impl Value {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Reads the caller from a row with the tier, the id and the stored key, which must equal `key`.
pub(super) fn read<T, DB>(row: &DB::Row, key: &[u8]) -> Result<Caller<T>, SourceError>
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
    // Compares the key first. If it differs, nothing about the other caller's row is reported.
    if columns == 3 && !is_key::<DB>(row, key)? {
        return Err(SourceError::UnknownCaller);
    }
    let caller = Caller::from(match value::<DB>(row, 0)? {
        Some(Value::Text(text)) => Some(read_tier(&text)?),
        Some(Value::Number(number)) => Some(ranked(number)?),
        None => None,
    });
    let id = if columns > 1 {
        value::<DB>(row, 1)?
    } else {
        None
    };
    Ok(match id {
        Some(id) => caller.with_id(id.into_text()),
        None => caller,
    })
}

/// The tier with a rank. A number is never compared with names, although names may be digits too.
fn ranked<T: Tier>(number: i64) -> Result<T, SourceError> {
    match u32::try_from(number) {
        Ok(rank) => Ok(T::from_rank(rank)?),
        Err(_) => Err(SourceError::invalid_tier(safe(
            "a number that cannot be a rank",
        ))),
    }
}

/// Whether the third column equals this key, byte for byte.
fn is_key<DB>(row: &DB::Row, key: &[u8]) -> Result<bool, SourceError>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> Vec<u8>: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let stored = match value::<DB>(row, 2) {
        Ok(stored) => stored.map(|stored| stored.into_text().into_bytes()),
        Err(error) => row.try_get::<Option<Vec<u8>>, _>(2).map_err(|_| error)?,
    };
    Ok(stored.is_some_and(|stored| stored.as_slice().ct_eq(key).to_bool()))
}

/// Reads a column that contains text or a whole number.
fn value<DB>(row: &DB::Row, column: usize) -> Result<Option<Value>, SourceError>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let another = || {
        let column = column + 1;
        SourceError::invalid_tier(safe(format!(
            "column {column} is neither text nor a whole number"
        )))
    };
    let declared = row.try_column(column).map_err(|_| another())?.type_info();
    // SQLite stores booleans as numbers, which would be read as ranks.
    if declared.name() == "BOOLEAN" {
        return Err(another());
    }
    // Each `try_get` fails if the column has another type.
    if let Ok(text) = row.try_get::<Option<String>, _>(column) {
        return Ok(text.map(|mut text| {
            if declared.name() == PADDED {
                text.truncate(text.trim_end_matches(' ').len());
            }
            Value::Text(text)
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
        .map(|number| number.map(Value::Number))
        .map_err(|_| another())
}
