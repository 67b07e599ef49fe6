//! Reads a caller from a row that the query returned.

use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::source::stores::sqlx::caller_columns::{CallerColumns, Field};
use crate::source::stores::sqlx::postgres_values;
use crate::source::stores::stored_features::{UnknownFeatures, split_features};
use crate::source::stores::stored_tier::read_stored_tier;
use crate::source::stores::stored_time::{
    time_from_rfc3339, time_from_unix_microseconds, time_from_unix_seconds,
};
use crate::tier::Tier;
use ctutils::CtEq;
use sqlx::{Column, ColumnIndex, Database, Decode, Row, Type, TypeInfo};
use std::time::SystemTime;

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

/// A row that the query returned.
pub(super) struct CallerRow<'r, DB: Database> {
    row: &'r DB::Row,
    columns: CallerColumns,
}

impl<'r, DB> CallerRow<'r, DB>
where
    DB: Database,
    String: Decode<'r, DB> + Type<DB>,
    Vec<u8>: Decode<'r, DB> + Type<DB>,
    i64: Decode<'r, DB> + Type<DB>,
    i32: Decode<'r, DB> + Type<DB>,
    i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    pub(super) fn new(row: &'r DB::Row) -> Result<Self, SourceError> {
        let names: Vec<&str> = row.columns().iter().map(Column::name).collect();
        let columns = CallerColumns::of_names(&names)
            .map_err(|reason| SourceError::invalid_tier(safe(reason)))?;
        Ok(Self { row, columns })
    }

    /// Reads the caller with this key. `stored_key` is the key as the store contains it: the key
    /// itself, or its hash.
    pub(super) fn caller<T: Tier>(
        &self,
        key: &ApiKey,
        stored_key: &[u8],
        unknown_features: &UnknownFeatures,
    ) -> Result<Caller<T>, SourceError> {
        // The stored key is compared before the other columns are read. If the keys differ, the row
        // belongs to another caller, and nothing about the row is reported.
        if !self.has_stored_key(stored_key)? {
            return Err(SourceError::UnknownCaller);
        }
        let mut caller = Caller::from(self.tier(Field::Tier)?);
        if let Some(id) = self.value(Field::Id)? {
            caller = caller.with_id(id.into_text());
        }
        if let Some(until) = self.until()? {
            caller = caller.until(until);
        }
        if let Some(then) = self.tier(Field::ThenTier)? {
            caller = caller.then(then);
        }
        if let Some(plan_version) = self.plan_version()? {
            caller = caller.with_plan_version(plan_version);
        }
        let features = self.features()?;
        Ok(unknown_features.add_known(caller, &features, key))
    }

    /// Returns whether the stored key equals this key, byte for byte, or the row contains no column for
    /// it.
    fn has_stored_key(&self, key: &[u8]) -> Result<bool, SourceError> {
        let Some(position) = self.columns.position(Field::Key) else {
            return Ok(true);
        };
        let stored_key = match self.value(Field::Key) {
            Ok(stored_key) => stored_key.map(|stored_key| stored_key.into_text().into_bytes()),
            Err(error) => self
                .row
                .try_get::<Option<Vec<u8>>, _>(position)
                .map_err(|_| error)?,
        };
        Ok(stored_key.is_some_and(|stored_key| stored_key.as_slice().ct_eq(key).to_bool()))
    }

    /// Reads a tier. A number is never compared with tier names, even if the names consist of digits.
    fn tier<T: Tier>(&self, field: Field) -> Result<Option<T>, SourceError> {
        Ok(match self.value(field)? {
            Some(ColumnValue::Text(text)) => Some(read_stored_tier(&text)?),
            Some(ColumnValue::Number(number)) => match u32::try_from(number) {
                Ok(rank) => Some(T::from_rank(rank)?),
                Err(_) => {
                    return Err(SourceError::invalid_tier(safe(
                        "a number that cannot be a rank",
                    )));
                }
            },
            None => None,
        })
    }

    fn until(&self) -> Result<Option<SystemTime>, SourceError> {
        let no_time = || {
            self.unreadable(
                Field::Until,
                "is not a time from 1970 to 9999: Unix seconds as a whole number, or a UTC time such as \
                 2026-12-01T00:00:00Z; if there is no end, return NULL",
            )
        };
        match self.postgres_type(Field::Until) {
            Some(postgres_values::TIME) => {
                let since_2000 = self.unchecked::<i64>(Field::Until).map_err(|_| no_time())?;
                since_2000
                    .map(|time| {
                        let time = postgres_values::unix_microseconds(time);
                        time.and_then(time_from_unix_microseconds)
                            .ok_or_else(no_time)
                    })
                    .transpose()
            }
            Some(postgres_values::TIME_WITHOUT_ZONE) => Err(self.unreadable(
                Field::Until,
                "has no time zone; change its type to `timestamptz`, or state the time zone, as in \
                 `until AT TIME ZONE 'UTC' AS until`",
            )),
            _ => self
                .value(Field::Until)
                .map_err(|_| no_time())?
                .map(|value| match value {
                    ColumnValue::Text(text) => time_from_rfc3339(&text).ok_or_else(no_time),
                    ColumnValue::Number(number) => {
                        time_from_unix_seconds(number).ok_or_else(no_time)
                    }
                })
                .transpose(),
        }
    }

    fn plan_version(&self) -> Result<Option<u32>, SourceError> {
        let no_version = || {
            self.unreadable(
                Field::PlanVersion,
                "is not a whole number from 0 to 4294967295",
            )
        };
        match self.value(Field::PlanVersion).map_err(|_| no_version())? {
            Some(ColumnValue::Number(number)) => {
                u32::try_from(number).map(Some).map_err(|_| no_version())
            }
            Some(ColumnValue::Text(_)) => Err(no_version()),
            None => Ok(None),
        }
    }

    fn features(&self) -> Result<Vec<String>, SourceError> {
        let no_list = || {
            self.unreadable(
                Field::Features,
                "is not a list of add-ons: keys separated by commas, or a JSON array of texts as text, \
                 or in PostgreSQL an array of texts",
            )
        };
        let features = match self.postgres_type(Field::Features) {
            Some(array) if postgres_values::TEXT_ARRAYS.contains(&array) => {
                let array = self.unchecked::<Vec<u8>>(Field::Features);
                array
                    .map_err(|_| no_list())?
                    .map(|array| postgres_values::decode_text_array(&array).ok_or_else(no_list))
            }
            _ => self
                .value(Field::Features)
                .map_err(|_| no_list())?
                .map(|value| match value {
                    ColumnValue::Text(text) => split_features(&text).ok_or_else(no_list),
                    ColumnValue::Number(_) => Err(no_list()),
                }),
        };
        features.transpose().map(Option::unwrap_or_default)
    }

    fn unreadable(&self, field: Field, problem: &str) -> SourceError {
        let column = self.columns.describe(field);
        SourceError::invalid_tier(safe(format!("{column} {problem}")))
    }

    /// Returns the name of the column's type if the database is PostgreSQL.
    fn postgres_type(&self, field: Field) -> Option<&'r str> {
        if DB::NAME != postgres_values::DRIVER {
            return None;
        }
        let column = self.row.try_column(self.columns.position(field)?).ok()?;
        Some(column.type_info().name())
    }

    /// Decodes a column without comparing its type with the requested type.
    fn unchecked<V: Decode<'r, DB>>(&self, field: Field) -> Result<Option<V>, sqlx::Error>
    where
        Option<V>: Decode<'r, DB>,
    {
        match self.columns.position(field) {
            Some(position) => self.row.try_get_unchecked(position),
            None => Ok(None),
        }
    }

    /// Reads a column that contains text or a whole number. Returns `None` if the column contains
    /// `NULL`, or if the row has no such column.
    fn value(&self, field: Field) -> Result<Option<ColumnValue>, SourceError> {
        let Some(position) = self.columns.position(field) else {
            return Ok(None);
        };
        let unsupported_type = || self.unreadable(field, "is neither text nor a whole number");
        let declared_type = self
            .row
            .try_column(position)
            .map_err(|_| unsupported_type())?
            .type_info();
        // SQLite stores booleans as numbers. Without this check, booleans would be read as ranks.
        if declared_type.name() == "BOOLEAN" {
            return Err(unsupported_type());
        }
        // Each `try_get` fails if the column's type differs from the requested type.
        if let Ok(text) = self.row.try_get::<Option<String>, _>(position) {
            return Ok(text.map(|mut text| {
                if declared_type.name() == PADDED_CHAR_TYPE {
                    text.truncate(text.trim_end_matches(' ').len());
                }
                ColumnValue::Text(text)
            }));
        }
        let number = self
            .row
            .try_get::<Option<i64>, _>(position)
            .or_else(|_| {
                self.row
                    .try_get::<Option<i32>, _>(position)
                    .map(|number| number.map(i64::from))
            })
            .or_else(|_| {
                self.row
                    .try_get::<Option<i16>, _>(position)
                    .map(|number| number.map(i64::from))
            });
        number
            .map(|number| number.map(ColumnValue::Number))
            .map_err(|_| unsupported_type())
    }
}
