//! The URI that the client sent to a nested axum router.

use axum::extract::OriginalUri;
use axum::http::{Extensions, Uri};

/// Returns the URI that the client sent. A nested router sees only part of the URI's path.
pub(crate) fn whole_uri<'a>(extensions: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    match extensions.get::<OriginalUri>() {
        Some(OriginalUri(original)) => original,
        None => uri,
    }
}
