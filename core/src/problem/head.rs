//! The head of the answer that a document is the body of, for the frameworks whose headers are those of
//! the crate `http`.

use crate::Problem;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

impl Problem {
    /// Writes the headers, and says the status.
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
