//! The URI that the client sent to a nested poem route.

use poem::Request;
use poem::http::Uri;

/// Returns the URI that the client sent. A nested route sees only part of the URI's path. A request
/// built by a test has no original URI, so this function returns the request's current URI.
pub(crate) fn whole_uri(request: &Request) -> &Uri {
    let original_uri = request.original_uri();
    if *original_uri == Uri::default() {
        request.uri()
    } else {
        original_uri
    }
}
