//! The caller, for the handlers of both versions of the API.

use crate::Tier;
use crate::error::CadError;
use crate::store::{Cad, Community};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tiergate::Caller;
use tiergate::source::{ApiKey, Credential};

/// Extracts the API key of the call, which version 1 reads from the body and version 2 from a header.
pub(crate) struct PresentedKey(pub(crate) ApiKey);

impl<S: Sync> FromRequestParts<S> for PresentedKey {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, CadError> {
        for place in [Credential::extension(), Credential::bearer()] {
            if let Some(key) = place.find(parts).await? {
                return Ok(Self(key));
            }
        }
        Err(CadError::Internal("the call has no key".to_owned()))
    }
}

/// Extracts the part of the store that belongs to the caller.
impl FromRequestParts<Cad> for Community {
    type Rejection = CadError;

    async fn from_request_parts(parts: &mut Parts, cad: &Cad) -> Result<Self, CadError> {
        match parts.extensions.get::<Caller<Tier>>() {
            Some(caller) => Ok(cad.community(caller)?),
            None => Err(CadError::Internal(
                "the call was not authenticated".to_owned(),
            )),
        }
    }
}
