//! The URI of a request in a nested router.

use poem::Request;
use poem::http::Uri;

/// The URI as the caller wrote it: a nested route sees less of its path. A request that no server
/// received, as in a test, has it in one place only.
pub(crate) fn whole_uri(request: &Request) -> &Uri {
    let original = request.original_uri();
    if *original == Uri::default() {
        request.uri()
    } else {
        original
    }
}
