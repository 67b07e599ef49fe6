//! The status and headers of a problem document, for frameworks that use the `http` crate's header
//! types.

use crate::frameworks::problem::Problem;
#[cfg(any(feature = "axum", feature = "salvo"))]
use http::Version;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
#[cfg(any(feature = "axum", feature = "salvo"))]
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode};

impl Problem {
    /// Writes the headers and returns the status.
    pub(crate) fn write_head(&self, headers: &mut HeaderMap) -> StatusCode {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Self::MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(Self::CACHE_CONTROL));
        if let Some(scheme) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Announces that the connection closes after this response, if the server closes it because it didn't
/// read the request body.
///
/// An HTTP/1 server closes the connection if the unread body is large or of unknown length, or if the
/// client waits before it sends the body. Without the announcement, the client would send its next request
/// on a closed connection. HTTP/2 and later don't use this header, because each request has a separate
/// stream.
#[cfg(any(feature = "axum", feature = "salvo"))]
pub(crate) fn announce_close(version: Version, request: &HeaderMap, response: &mut HeaderMap) {
    if version < Version::HTTP_2 && unread_body_closes(request) {
        response.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The most bytes of an unread body, and of the head before it, that hyper still reads after a response
/// to keep the connection open. A body of this size has usually arrived together with the head.
#[cfg(any(feature = "axum", feature = "salvo"))]
const SMALL: u64 = 4096;

/// Returns whether a server closes an HTTP/1 connection if it doesn't read the body of a request with
/// these headers.
#[cfg(any(feature = "axum", feature = "salvo"))]
fn unread_body_closes(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    let is_large = length.is_some_and(|length| {
        let length = length
            .to_str()
            .ok()
            .and_then(|length| length.parse::<u64>().ok());
        length.is_none_or(|length| length > SMALL)
    });
    is_large
        || headers.contains_key(TRANSFER_ENCODING)
        || (length.is_some_and(|length| length != "0") && headers.contains_key(EXPECT))
}
