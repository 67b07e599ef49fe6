//! The caller, for the handlers of both versions of the API.

use crate::Tier;
use crate::error::CadError;
use crate::store::{Cad, Community};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tiergate::Caller;

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
