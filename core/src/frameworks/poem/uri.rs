//! The URI of a request in a nested router.

use poem::Request;
use poem::http::Uri;

/// Returns the URI that the client sent. A nested route sees only a part of its path. Requests built in
/// tests have no original URI, so this function returns their own.
pub(crate) fn whole_uri(request: &Request) -> &Uri {
    let original = request.original_uri();
    if *original == Uri::default() {
        request.uri()
    } else {
        original
    }
}
