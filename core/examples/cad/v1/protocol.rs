//! The wire protocol of version 1: identifies the caller and parses the request.
//!
//! Each call is a POST of `{"id": community, "key": API key, "type": "NEW_DISPATCH", "data": [{…}]}`.
//! [`open`] reads this envelope before the guard runs, because it identifies the caller. The extractors
//! below parse `data` after the guard. Callers who may not call an endpoint therefore never see errors
//! about its `data`, and can't make the server parse it.

use crate::error::CadError;
use crate::json::{FromObject, ITEMS, check_sizes, parsed, parsed_fields, readable, reject_zero};
use crate::object::Object;
use crate::store::Cad;
use crate::v1::V1;
use crate::v1::positions::named;
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
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use tiergate::source::ApiKey;
use tiergate::{Catalogue, Endpoint, Refusal};

/// The plain-text answer of an endpoint.
pub(crate) type Text = Result<String, CadError>;

/// The JSON answer of an endpoint.
pub(crate) type Document = Result<Json<Value>, CadError>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    id: String,
    key: String,
    #[serde(rename = "type")]
    request_type: String,
    data: Option<Box<RawValue>>,
    /// `GET_TEMPLATES` has its only field here.
    record_type_id: Option<Box<RawValue>>,
}

/// The fields for the handler, stored in the extensions until an extractor parses them.
#[derive(Clone)]
struct RawData {
    endpoint: Endpoint,
    data: Option<Box<RawValue>>,
    record_type_id: Option<Box<RawValue>>,
}

/// Opens the envelope. Inserts the key for the tier layer and `data` for the handler into the extensions.
///
/// # Errors
/// Returns 400 if the request is too large or malformed, or if its credentials are wrong.
pub(crate) async fn open(
    State(cad): State<Cad>,
    mut parts: Parts,
    body: Result<Bytes, BytesRejection>,
    next: Next,
) -> Result<Response, CadError> {
    let body = readable(body).map_err(shown_to_users)?;
    // The router answers a wrong method with 405.
    let Some(endpoint) = V1::find(parts.method.as_str(), parts.uri.path()) else {
        return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
    };
    let envelope: Envelope = parsed_fields(&body)?;
    reject_zero(&envelope.id)?;
    reject_zero(&envelope.key)?;
    if !has_type(*endpoint, &envelope.request_type) {
        return Err(CadError::bad("INVALID REQUEST TYPE"));
    }
    let key = ApiKey::new(envelope.key.as_str()).with_claimed_id(&*envelope.id);
    let id = envelope.id.clone();
    parts.extensions.insert(key);
    parts.extensions.insert(RawData {
        endpoint: *endpoint,
        data: envelope.data,
        record_type_id: envelope.record_type_id,
    });
    let response = next.run(Request::from_parts(parts, Body::empty())).await;
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    // The protocol distinguishes a wrong key from an unknown community.
    let is_known = cad.communities().exists(&id).await?;
    Err(CadError::bad(if is_known {
        "INVALID API KEY"
    } else {
        "INVALID COMMUNITY ID"
    }))
}

/// Turns the refusal of a request that is too large into a 400.
fn shown_to_users(error: CadError) -> CadError {
    match error {
        CadError::Refused(StatusCode::PAYLOAD_TOO_LARGE, reason) => CadError::bad(reason),
        other => other,
    }
}

/// Builds the response to a refusal. The vendor's clients show users the reason in a 400, but not in a 403,
/// 413 or 503. After a 429, they wait. The vendor's reason for a community without a subscription would stop
/// the vendor's game script until its restart, even after the community has bought one.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    let reason = refusal.to_string();
    match refusal {
        // `open` replaces this with the protocol's message.
        Refusal::UnknownCaller(_) => (StatusCode::UNAUTHORIZED, reason).into_response(),
        Refusal::SourceUnavailable { .. }
        | Refusal::QuotaExceeded { .. }
        | Refusal::QuotaStoreUnavailable { .. } => {
            let status = StatusCode::from_u16(refusal.status());
            let answer = (status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE), reason);
            match refusal.retry_after() {
                Some(wait) => ([(RETRY_AFTER, wait.as_secs().to_string())], answer).into_response(),
                None => answer.into_response(),
            }
        }
        Refusal::Denied(_)
        | Refusal::FeatureMissing(_)
        | Refusal::NoSubscription(_)
        | Refusal::SubscriptionExpired(_)
        | Refusal::EndpointClosed { .. } => CadError::bad(reason).into_response(),
        _ => CadError::Internal(reason).into_response(),
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

/// Whether requests for the endpoint may have this `type`. Some endpoints have a second name.
fn has_type(endpoint: Endpoint, name: &str) -> bool {
    let second = match endpoint.name() {
        "call_911" => "911_CALL",
        "get_account_identifiers" => "GET_ACCOUNT_IDENTIFIERS",
        "lookup_int" => "LOOKUP_VALUE",
        _ => return name == request_type(endpoint),
    };
    name == second || name == request_type(endpoint)
}

/// Extracts exactly one object. All its lists together have at most `LIMIT` items.
pub(crate) struct One<T, const LIMIT: usize = ITEMS>(pub(crate) T);

impl<T: FromObject, S: Sync, const LIMIT: usize> FromRequestParts<S> for One<T, LIMIT> {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, CadError> {
        match at_most_one(take_objects(parts, LIMIT)?)? {
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
        let value = at_most_one(take_objects(parts, ITEMS)?)?;
        // The vendor's JavaScript client sends `[null]` for a call without arguments.
        let value = value.filter(|value| !value.is_null());
        T::from_object("data[0]", value.unwrap_or_else(|| Object::new().into())).map(Self)
    }
}

/// Extracts one or more objects. One invalid object fails the whole request. All lists together, including
/// the list of the objects, have at most `LIMIT` items.
pub(crate) struct Many<T, const LIMIT: usize = ITEMS>(pub(crate) Vec<T>);

impl<T: FromObject, S: Sync, const LIMIT: usize> FromRequestParts<S> for Many<T, LIMIT> {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, CadError> {
        let values = take_objects(parts, LIMIT)?;
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
        match take_data(parts, ITEMS)?.1 {
            Value::Array(_) => Ok(Self),
            _ => Err(no_array()),
        }
    }
}

/// Returns the objects in `data`. Many clients send a single object without an array.
fn take_objects(parts: &mut Parts, limit: usize) -> Result<Vec<Value>, CadError> {
    let (endpoint, data) = take_data(parts, limit)?;
    let values = match data {
        Value::Array(values) => values,
        object @ Value::Object(_) => vec![object],
        _ => return Err(no_array()),
    };
    let values = values.into_iter().enumerate();
    let values = values.map(|(index, value)| match value {
        Value::Object(object) => named(endpoint, index, object).map(Value::Object),
        value => Ok(value),
    });
    values.collect()
}

/// Returns `data`, and the endpoint. Some clients send `data` as a text with JSON.
fn take_data(parts: &mut Parts, limit: usize) -> Result<(Endpoint, Value), CadError> {
    let Some(raw) = parts.extensions.remove::<RawData>() else {
        return Err(CadError::Internal(
            "the call was not authenticated".to_owned(),
        ));
    };
    let value = |raw: Box<RawValue>| parsed(raw.get().as_bytes());
    let data = match raw.data.map(value).transpose()? {
        Some(Value::String(text)) => parsed(text.as_bytes())?,
        Some(data) => data,
        None => json!([]),
    };
    let data = unnested(data);
    let data = match raw.record_type_id.map(value).transpose()? {
        Some(id) if is_empty(&data) => json!([{ "recordTypeId": id }]),
        _ => data,
    };
    check_sizes("data", &data, limit)?;
    Ok((raw.endpoint, data))
}

/// Returns the inner list of `[[…]]`, which the vendor's JavaScript client sends for a list of objects.
fn unnested(mut data: Value) -> Value {
    match data.as_array_mut().map(Vec::as_mut_slice) {
        Some([inner @ Value::Array(_)]) => inner.take(),
        _ => data,
    }
}

/// Whether `data` has no fields. Lua has one type for lists and objects, so a list in `data` may stand for an
/// object.
fn is_empty(data: &Value) -> bool {
    match data {
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn no_array() -> CadError {
    CadError::bad("data: expected an array")
}

fn at_most_one(mut values: Vec<Value>) -> Result<Option<Value>, CadError> {
    match values.len() {
        0 | 1 => Ok(values.pop()),
        many => Err(CadError::bad(format!(
            "data: expected one object, found {many}"
        ))),
    }
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
