//! The status and headers of a problem document, for frameworks that use the `http` crate's header
//! types.

use crate::frameworks::problem::Problem;
#[cfg(any(feature = "axum", feature = "salvo"))]
use http::Version;
#[cfg(any(feature = "axum", feature = "salvo"))]
use http::header::CONNECTION;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
#[cfg(feature = "axum")]
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode};

impl Problem {
    /// Writes the headers and returns the status.
    pub(crate) fn write_head(&self, headers: &mut HeaderMap) -> StatusCode {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Self::MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(Self::CACHE_CONTROL));
        if let Some(scheme) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Announces that the connection closes after this response.
///
/// An HTTP/1 server closes the connection if it didn't read the request body. Without the announcement,
/// the client would send its next request on a closed connection. HTTP/2 and later don't use this
/// header, because each request has a separate stream.
#[cfg(any(feature = "axum", feature = "salvo"))]
pub(crate) fn announce_close(version: Version, headers: &mut HeaderMap) {
    if version < Version::HTTP_2 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Returns whether an HTTP/1 request with these headers has a body.
#[cfg(feature = "axum")]
pub(crate) fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    length.is_some_and(|length| length != "0") || headers.contains_key(TRANSFER_ENCODING)
}
