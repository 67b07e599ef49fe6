//! The URI that the client sent to a nested route of poem.

use poem::Request;
use poem::http::Uri;

/// Returns the URI that the client sent. A nested route sees only a part of its path. A request that a
/// test builds has no original URI. For such a request, this function returns the request's own URI.
pub(crate) fn whole_uri(request: &Request) -> &Uri {
    let original_uri = request.original_uri();
    if *original_uri == Uri::default() {
        request.uri()
    } else {
        original_uri
    }
}
