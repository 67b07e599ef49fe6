//! Restores the URI that the client sent, for credentials that read the path.

use axum::extract::OriginalUri;
use http::Uri;
use http::request::Parts;

/// A request whose URI is temporarily replaced with the URI that the client sent. A nested axum router
/// removes its prefix from the URI. Dropping this value restores the shortened URI.
pub(super) struct WithOriginalUri<'a> {
    pub(super) parts: &'a mut Parts,
    stripped_uri: Option<Uri>,
}

impl<'a> WithOriginalUri<'a> {
    /// Puts the original URI into the request if `reads_path` is true. Otherwise, the current URI is
    /// good enough, because it differs from the original URI only in the path.
    pub(super) fn new(parts: &'a mut Parts, reads_path: bool) -> Self {
        let mut stripped_uri = None;
        if reads_path && let Some(OriginalUri(original_uri)) = parts.extensions.get() {
            stripped_uri = Some(std::mem::replace(&mut parts.uri, original_uri.clone()));
        }
        Self {
            parts,
            stripped_uri,
        }
    }
}

impl Drop for WithOriginalUri<'_> {
    fn drop(&mut self) {
        if let Some(stripped_uri) = self.stripped_uri.take() {
            self.parts.uri = stripped_uri;
        }
    }
}
