//! Converts request heads for frameworks that don't use the current `http` crate.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Uri};

/// Converts a request head into the `http` crate's type. Returns `None` if the `http` crate rejects the
/// method, the URI or a header.
pub(super) fn http_head<'a>(
    method: &str,
    uri: &str,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Option<Parts> {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = Method::from_bytes(method.as_bytes()).ok()?;
    head.uri = uri.parse::<Uri>().ok()?;
    for (name, value) in headers {
        let name = HeaderName::try_from(name).ok()?;
        head.headers
            .append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(head)
}
