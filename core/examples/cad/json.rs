//! Parses requests. Both versions of the API report the path of a wrong field.

use crate::error::CadError;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use std::collections::BTreeSet;
use std::fmt::{Debug, Write};

/// The largest request: 1 MiB.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// The deepest nesting of lists and objects in a request. Events contain what requests stored, and the parser
/// accepts at most 128 levels.
const DEPTH: usize = 64;

/// The longest text in a request: 32 KiB.
const TEXT_LIMIT: usize = 32 << 10;

/// The most items in all lists of a request. Most of them cost several queries.
pub(crate) const ITEMS: usize = 1000;

/// The most items in a request that replaces a long list, such as the postal codes.
pub(crate) const MANY_ITEMS: usize = 10_000;

/// Unwraps the body of a request.
///
/// # Errors
/// Returns 413 if the body is too large, and 400 if it can't be read.
pub(crate) fn readable(body: Result<Bytes, BytesRejection>) -> Result<Bytes, CadError> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => CadError::Refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "THE REQUEST IS LARGER THAN 1 MiB".to_owned(),
        ),
        _ => CadError::bad("THE REQUEST COULD NOT BE READ"),
    })
}

/// Parses JSON.
///
/// # Errors
/// Returns 400 if the JSON is malformed.
pub(crate) fn parsed(body: &[u8]) -> Result<Value, CadError> {
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

/// Parses an object, without the values of unknown fields.
///
/// # Errors
/// Returns 400 if the JSON is malformed or a field is wrong.
pub(crate) fn parsed_fields<T: DeserializeOwned>(body: &[u8]) -> Result<T, CadError> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(no_object(""));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let fields = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        if error.inner().is_data() {
            wrong_field("", &error)
        } else {
            malformed(error.inner())
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(fields)
}

fn malformed(error: &serde_json::Error) -> CadError {
    CadError::bad(format!("INVALID JSON: {error}"))
}

fn no_object(root: &str) -> CadError {
    let name = if root.is_empty() { "the request" } else { root };
    CadError::bad(format!("{name}: expected an object"))
}

/// Rejects a text with a zero byte, which PostgreSQL can't store.
pub(crate) fn reject_zero(text: &str) -> Result<(), CadError> {
    if text.contains('\0') {
        return Err(CadError::bad("A TEXT CONTAINS A ZERO BYTE"));
    }
    Ok(())
}

/// Rejects texts that a column can't store, values that are nested too deeply, and more than `limit` items in
/// all lists together. Each column stores at most one text of a request.
pub(crate) fn check_sizes(root: &str, value: &Value, limit: usize) -> Result<(), CadError> {
    match count_items(root, value, DEPTH)? {
        items if items > limit => Err(CadError::bad(format!(
            "{root}: the lists have {items} items; the limit is {limit}"
        ))),
        _ => Ok(()),
    }
}

/// Counts the items of all lists, and checks the texts and the nesting. `depth` is the number of levels that
/// may follow.
fn count_items(root: &str, value: &Value, depth: usize) -> Result<usize, CadError> {
    let count = |value: &Value| match depth.checked_sub(1) {
        Some(depth) => count_items(root, value, depth),
        None => Err(CadError::bad(format!(
            "{root}: the values are nested more than {DEPTH} levels deep"
        ))),
    };
    match value {
        Value::String(text) if text.len() > TEXT_LIMIT => Err(CadError::bad(format!(
            "{root}: a text has {} bytes; the limit is {TEXT_LIMIT}",
            text.len()
        ))),
        Value::String(text) => reject_zero(text).map(|()| 0),
        Value::Array(values) => values
            .iter()
            .try_fold(values.len(), |sum, value| Ok(sum + count(value)?)),
        Value::Object(fields) => fields.iter().try_fold(0, |sum, (name, value)| {
            reject_zero(name)?;
            Ok(sum + count(value)?)
        }),
        _ => Ok(0),
    }
}

/// A type that can be parsed from a JSON object.
pub(crate) trait FromObject: Sized {
    /// Parses an object.
    ///
    /// # Errors
    /// Returns 400 with the path of the wrong field, starting with `root`.
    fn from_object(root: &str, object: Value) -> Result<Self, CadError>;
}

impl<T: DeserializeOwned> FromObject for T {
    fn from_object(root: &str, object: Value) -> Result<Self, CadError> {
        typed(root, object)
    }
}

/// Parses one object as two types, each with its own fields. Serde's `flatten` would do the same, but
/// its errors don't name the field.
pub(crate) struct And<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromObject, B: FromObject> FromObject for And<A, B> {
    fn from_object(root: &str, object: Value) -> Result<Self, CadError> {
        let first = A::from_object(root, object.clone())?;
        B::from_object(root, object).map(|second| Self(first, second))
    }
}

/// Parses an object. Errors contain the path of the wrong field, starting with `root`.
fn typed<T: DeserializeOwned>(root: &str, value: Value) -> Result<T, CadError> {
    // Serde would also accept an array, and read its items as the fields in order.
    if !value.is_object() {
        return Err(no_object(root));
    }
    serde_path_to_error::deserialize(value).map_err(|error| wrong_field(root, &error))
}

fn wrong_field(root: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> CadError {
    let mut path = root.to_owned();
    for segment in error.path() {
        // Writing to a string cannot fail.
        let _ = match segment {
            Segment::Seq { index } => write!(path, "[{index}]"),
            Segment::Map { key } | Segment::Enum { variant: key } => write!(path, ".{key}"),
            Segment::Unknown => write!(path, ".?"),
        };
    }
    let error = error.inner();
    let mut reason = error.to_string();
    // The path replaces the position.
    let position = format!(" at line {} column {}", error.line(), error.column());
    if let Some(length) = reason.strip_suffix(&position).map(str::len) {
        reason.truncate(length);
    }
    // Serde reports the path of the object for a missing field. Add the field.
    if let Some((field, _)) = reason
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
    {
        let _ = write!(path, ".{field}");
        "missing field".clone_into(&mut reason);
    }
    CadError::bad(format!("{}: {reason}", path.trim_start_matches('.')))
}

/// Rejects a list with duplicates, because the second would silently replace the first.
///
/// # Errors
/// Returns 400 with the name of the field. `field` contains `[]` in place of the position.
pub(crate) fn unique<T: Debug + Ord>(
    field: &str,
    items: impl Iterator<Item = T>,
) -> Result<(), CadError> {
    let mut seen = BTreeSet::new();
    for (index, item) in items.enumerate() {
        if seen.contains(&item) {
            let field = field.replace("[]", &format!("[{index}]"));
            return Err(CadError::bad(format!("{field}: {item:?} is given twice")));
        }
        seen.insert(item);
    }
    Ok(())
}
