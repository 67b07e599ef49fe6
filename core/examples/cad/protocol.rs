//! The wire protocol: identifies the caller and parses the request.
//!
//! Each call is a POST of `{"id": community, "key": API key, "type": "NEW_DISPATCH", "data": [{…}]}`.
//! [`open`] reads this envelope before the guard runs, because it identifies the caller. The extractors
//! below parse `data` after the guard. Callers who may not call an endpoint therefore never see errors
//! about its `data`.

use crate::error::CadError;
use crate::store::{Cad, Community};
use crate::{Api, Tier};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use std::fmt::Write;
use std::ops::RangeInclusive;
use tiergate::source::ApiKey;
use tiergate::{Caller, Catalogue, Endpoint, Refusal};

/// The largest request: 1 MiB.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// The longest text in a request: 32 KiB.
const TEXT_LIMIT: usize = 32 << 10;

/// The plain-text answer of an endpoint.
pub(crate) type Text = Result<String, CadError>;

/// The JSON answer of an endpoint.
pub(crate) type Document = Result<Json<Value>, CadError>;

/// An object with arbitrary keys chosen by the caller.
pub(crate) type Object = Map<String, Value>;

#[derive(Deserialize)]
struct Envelope {
    id: String,
    key: String,
    #[serde(rename = "type")]
    request_type: String,
    #[serde(default = "no_data")]
    data: Value,
}

fn no_data() -> Value {
    Value::Array(Vec::new())
}

/// The request's `data`, stored in the extensions until an extractor takes it.
#[derive(Clone)]
struct RawData(Value);

/// Opens the envelope. Inserts the key for the tier layer and `data` for the handler into the extensions.
///
/// # Errors
/// Returns 413 if the request is too large, and 400 if it is malformed or its credentials are wrong.
pub(crate) async fn open(
    State(cad): State<Cad>,
    mut parts: Parts,
    body: Result<Bytes, BytesRejection>,
    next: Next,
) -> Result<Response, CadError> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    // Public endpoints have no envelope. The router answers a wrong method with 405.
    let Some(endpoint) = Api::find(parts.method.as_str(), parts.uri.path()) else {
        return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
    };
    let envelope = envelope(&body)?;
    if envelope.request_type != request_type(*endpoint) {
        return Err(CadError::bad("INVALID REQUEST TYPE"));
    }
    let key = ApiKey::new(envelope.key).with_claimed_id(&*envelope.id);
    parts.extensions.insert(key);
    parts.extensions.insert(RawData(envelope.data));
    let response = next.run(Request::from_parts(parts, Body::empty())).await;
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    // The protocol distinguishes a wrong key from an unknown community.
    let is_known = cad.communities().exists(&envelope.id).await?;
    Err(CadError::bad(if is_known {
        "INVALID API KEY"
    } else {
        "INVALID COMMUNITY ID"
    }))
}

/// Builds the response to a refusal. Clients of this protocol show users the reason in a 400, but
/// ignore the one in a 403.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    let reason = refusal.to_string();
    match refusal {
        Refusal::NoSubscription(_) | Refusal::SubscriptionExpired(_) => {
            CadError::bad("API IS NOT ENABLED FOR THIS COMMUNITY").into_response()
        }
        // `open` replaces this with the protocol's message.
        Refusal::UnknownCaller(_) => (StatusCode::UNAUTHORIZED, reason).into_response(),
        Refusal::SourceUnavailable { .. } | Refusal::EndpointClosed { .. } => {
            let wait = refusal.retry_after();
            let headers = wait.map(|wait| [(RETRY_AFTER, wait.as_secs().to_string())]);
            let reason = (StatusCode::SERVICE_UNAVAILABLE, reason);
            match headers {
                Some(headers) => (headers, reason).into_response(),
                None => reason.into_response(),
            }
        }
        Refusal::Denied(_) | Refusal::FeatureMissing(_) => CadError::bad(reason).into_response(),
        _ => CadError::Internal(reason).into_response(),
    }
}

fn unreadable(rejection: &BytesRejection) -> CadError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => CadError::Refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "THE REQUEST IS LARGER THAN 1 MiB".to_owned(),
        ),
        _ => CadError::bad("THE REQUEST COULD NOT BE READ"),
    }
}

fn envelope(body: &[u8]) -> Result<Envelope, CadError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| CadError::bad(format!("INVALID JSON: {error}")))?;
    if has_zero(&value) {
        return Err(CadError::bad("A TEXT CONTAINS A ZERO BYTE"));
    }
    typed("", value)
}

/// Whether a value contains a zero byte in a text. PostgreSQL can't store zero bytes.
fn has_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_zero),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_zero(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns the `type` of an endpoint's requests: its name in upper case.
pub(crate) fn request_type(endpoint: Endpoint) -> String {
    match endpoint.name() {
        // The only endpoint whose `type` differs from its path.
        "get_account_identifiers" => "GET_IDENTIFIERS".to_owned(),
        name => name.to_ascii_uppercase(),
    }
}

/// A type that can be parsed from an object of `data`.
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

/// Extracts exactly one object.
pub(crate) struct One<T>(pub(crate) T);

impl<T: FromObject, S: Sync> FromRequestParts<S> for One<T> {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, CadError> {
        match at_most_one(take_data(parts)?)? {
            Some(value) => T::from_object("data[0]", value).map(Self),
            None => Err(CadError::bad("data: an object is required")),
        }
    }
}

/// Extracts an optional object. Without one, all fields have their defaults.
pub(crate) struct Maybe<T>(pub(crate) T);

impl<T: FromObject, S: Sync> FromRequestParts<S> for Maybe<T> {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, CadError> {
        let value = at_most_one(take_data(parts)?)?;
        T::from_object("data[0]", value.unwrap_or_else(|| Object::new().into())).map(Self)
    }
}

/// Extracts one or more objects. One invalid object fails the whole request.
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T: FromObject, S: Sync> FromRequestParts<S> for Many<T> {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, CadError> {
        let values = take_data(parts)?;
        if values.is_empty() {
            return Err(CadError::bad("data: an object is required"));
        }
        values
            .into_iter()
            .enumerate()
            .map(|(index, value)| T::from_object(&format!("data[{index}]"), value))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Extracts no data, but still rejects a `data` that is not an array.
pub(crate) struct Nothing;

impl<S: Sync> FromRequestParts<S> for Nothing {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, CadError> {
        take_data(parts).map(|_ignored| Self)
    }
}

/// Extracts the part of the store that belongs to the caller.
impl FromRequestParts<Cad> for Community {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, cad: &Cad) -> Result<Self, CadError> {
        match parts.extensions.get::<Caller<Tier>>() {
            Some(caller) => cad.community(caller),
            None => Err(CadError::Internal(
                "the call was not authenticated".to_owned(),
            )),
        }
    }
}

fn take_data(parts: &mut Parts) -> Result<Vec<Value>, CadError> {
    match parts.extensions.remove::<RawData>() {
        Some(RawData(Value::Array(values))) => {
            values.iter().try_for_each(check_texts)?;
            Ok(values)
        }
        Some(_) => Err(CadError::bad("data: expected an array")),
        None => Err(CadError::Internal(
            "the call was not authenticated".to_owned(),
        )),
    }
}

/// Rejects texts that are too long for a column. Each column stores at most one text of a request.
fn check_texts(value: &Value) -> Result<(), CadError> {
    match value {
        Value::String(text) if text.len() > TEXT_LIMIT => Err(CadError::bad(format!(
            "data: a text has {} bytes; the limit is {TEXT_LIMIT}",
            text.len()
        ))),
        Value::Array(values) => values.iter().try_for_each(check_texts),
        Value::Object(fields) => fields.values().try_for_each(check_texts),
        _ => Ok(()),
    }
}

fn at_most_one(mut values: Vec<Value>) -> Result<Option<Value>, CadError> {
    match values.len() {
        0 | 1 => Ok(values.pop()),
        many => Err(CadError::bad(format!(
            "data: expected one object, found {many}"
        ))),
    }
}

/// Parses an object. Errors contain the path of the wrong field, starting with `root`.
fn typed<T: DeserializeOwned>(root: &str, value: Value) -> Result<T, CadError> {
    // Serde would also accept an array, and read its items as the fields in order.
    if !value.is_object() {
        let name = if root.is_empty() { "the request" } else { root };
        return Err(CadError::bad(format!("{name}: expected an object")));
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
    let mut reason = error.inner().to_string();
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

/// Rejects a number outside a range.
///
/// # Errors
/// Returns 400 with the name of the field.
pub(crate) fn in_range(
    field: &str,
    number: i64,
    range: &RangeInclusive<i64>,
) -> Result<(), CadError> {
    if range.contains(&number) {
        return Ok(());
    }
    let (from, to) = (range.start(), range.end());
    Err(CadError::bad(format!(
        "data[0].{field}: expected a number from {from} to {to}, found {number}"
    )))
}
