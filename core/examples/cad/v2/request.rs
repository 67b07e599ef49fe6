//! Reads requests: the path, the query and the body. Errors are problem documents.

use super::failure::Failure;
use crate::error::CadError;
use crate::json::{FromObject, ITEMS, check_sizes, parsed, readable};
use crate::store::{Cad, Community};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The JSON answer of an endpoint.
pub(super) type Document<T> = Result<Json<T>, Failure>;

/// The default limit of a list.
pub(super) fn hundred() -> i64 {
    100
}

/// The default of a flag that is usually set.
pub(super) fn yes() -> bool {
    true
}

/// Extracts the parameters of the path.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        reject_zeros(parts)?;
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(CadError::bad(rejection.body_text()).into()),
        }
    }
}

/// Extracts the parameters of the query.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        reject_zeros(parts)?;
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(CadError::bad(rejection.body_text()).into()),
        }
    }
}

/// Rejects a path or a query with a zero byte, which PostgreSQL can't store.
fn reject_zeros(parts: &Parts) -> Result<(), CadError> {
    let path_and_query = parts.uri.path_and_query();
    if path_and_query.is_some_and(|text| text.as_str().contains("%00")) {
        return Err(CadError::bad("A TEXT CONTAINS A ZERO BYTE"));
    }
    Ok(())
}

/// Extracts the body. All its lists together have at most `LIMIT` items.
pub(super) struct Body<T, const LIMIT: usize = ITEMS>(pub(super) T);

impl<T: FromObject, S: Send + Sync, const LIMIT: usize> FromRequest<S> for Body<T, LIMIT> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let body = readable(Bytes::from_request(request, state).await)?;
        let value = parsed(&body)?;
        check_sizes("the request", &value, LIMIT)?;
        Ok(Self(T::from_object("", value)?))
    }
}

/// Extracts a game server of the caller's community, from the path.
pub(super) struct OnServer {
    pub(super) community: Community,
    pub(super) id: i64,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerId {
    pub(super) server_id: i64,
}

impl FromRequestParts<Cad> for OnServer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, cad: &Cad) -> Result<Self, Failure> {
        let Path(ServerId { server_id: id }) = Path::from_request_parts(parts, cad).await?;
        let community = Community::from_request_parts(parts, cad).await?;
        community.check_server(id).await?;
        Ok(Self { community, id })
    }
}
