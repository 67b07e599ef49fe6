//! The header `Connection: close`, for refusals of requests whose body wasn't read.

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Version};

/// Adds `Connection: close` to the response if the server will close the connection because it didn't
/// read the request body.
///
/// An HTTP/1 server closes the connection if the unread body is large, if the body's length is unknown,
/// or if the client waits before it sends the body. Without the header, the client might send its next
/// request on the closed connection. HTTP/2 and later don't use this header, because each request has a
/// separate stream.
pub(crate) fn announce_close(version: Version, request: &HeaderMap, response: &mut HeaderMap) {
    if version < Version::HTTP_2 && closes_after_unread_body(request) {
        response.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The approximate size up to which hyper still reads a body after the response, to keep the connection
/// open. A body that isn't larger than this has usually arrived together with the request head.
const MAX_UNREAD_BODY_BYTES: u64 = 4096;

/// Returns whether an HTTP/1 server closes the connection if it leaves the request body unread.
fn closes_after_unread_body(headers: &HeaderMap) -> bool {
    let content_length = headers.get(CONTENT_LENGTH);
    let is_large_body = content_length.is_some_and(|content_length| {
        let body_bytes = content_length
            .to_str()
            .ok()
            .and_then(|content_length| content_length.parse::<u64>().ok());
        body_bytes.is_none_or(|body_bytes| body_bytes > MAX_UNREAD_BODY_BYTES)
    });
    let has_body = content_length.is_some_and(|content_length| content_length != "0");
    is_large_body
        || headers.contains_key(TRANSFER_ENCODING)
        || (has_body && headers.contains_key(EXPECT))
}
