//! The whole path of a request. The layer may see only a part of it.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::frameworks::tower::path::{find, stricter_of};
use crate::frameworks::tower::refusal::EnforceRefusal;
// The feature `tower` enables these extensions in axum, so axum's own `Router` sets them.
use ::axum::extract::{NestedPath, OriginalUri};
use http::Extensions;
use http::uri::{PathAndQuery, Uri};
use std::borrow::Cow;

/// The path that the client sent, as far as it is known.
pub(super) struct WholePath<'a> {
    path: Cow<'a, str>,
    /// The part of the path that the layer sees.
    seen: &'a str,
}

impl<'a> WholePath<'a> {
    /// Determines the whole path of a request. If a prefix is configured, the layer is below it.
    ///
    /// Returns `None` if axum's extensions contradict the path that the layer sees. In this case, a
    /// service in between has rewritten the path.
    pub(super) fn of(
        prefix: Option<&str>,
        extensions: &'a Extensions,
        uri: &'a Uri,
    ) -> Option<Self> {
        let seen = uri.path();
        let path = match (prefix, extensions.get::<NestedPath>()) {
            (Some(prefix), _) => Cow::Owned(joined(prefix, seen)),
            (None, Some(nested)) => {
                let OriginalUri(original) = extensions.get()?;
                is_below(nested.as_str(), original.path(), seen)
                    .then(|| original.path())?
                    .into()
            }
            (None, None) => seen.into(),
        };
        Some(Self { path, seen })
    }

    /// Returns the endpoint for which to check the caller. The whole path must be in the catalogue. If
    /// the part that the layer sees is listed too, the stricter endpoint counts.
    pub(super) fn find<C: Catalogue>(&self, method: &str) -> Result<Endpoint, EnforceRefusal> {
        let mut endpoint = match find::<C>(method, &self.path) {
            // The request doesn't show whether the client sent a slash after the prefix.
            Err(EnforceRefusal::Unlisted) if self.seen == "/" && self.path != "/" => {
                find::<C>(method, &format!("{}/", self.path.trim_end_matches('/')))
                    .or(Err(EnforceRefusal::Unlisted))?
            }
            found => found?,
        };
        if self.seen != self.path
            && let Ok(other) = find::<C>(method, self.seen)
        {
            stricter_of(&mut endpoint, other);
        }
        Ok(endpoint)
    }
}

/// Returns the URI with the whole path.
pub(super) fn whole_uri(prefix: Option<&str>, extensions: &Extensions, uri: &Uri) -> Option<Uri> {
    let whole = WholePath::of(prefix, extensions, uri)?;
    let query = uri.query().map(|query| format!("?{query}"));
    let whole = format!("{}{}", whole.path, query.unwrap_or_default());
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

fn joined(prefix: &str, path: &str) -> String {
    match path {
        // A service that removes the prefix `/v1` turns `/v1` into `/`.
        "/" if !prefix.is_empty() => prefix.to_owned(),
        path => format!("{prefix}{path}"),
    }
}

/// Returns whether axum passes this part of the path to a router that is nested at this template.
fn is_below(nested_at: &str, path: &str, seen: &str) -> bool {
    let mut rest = path;
    for expected in nested_at.trim_matches('/').split('/') {
        let Some(behind) = rest.strip_prefix('/') else {
            return false;
        };
        let end = behind.find('/').unwrap_or(behind.len());
        let (segment, behind) = behind.split_at(end);
        // In the path of a nested axum router, a parameter is always a whole segment.
        let is_parameter = expected.starts_with('{') && expected.ends_with('}');
        if !is_parameter && segment != expected {
            return false;
        }
        rest = behind;
    }
    rest == seen || (rest.is_empty() && seen == "/")
}

#[cfg(test)]
mod tests {
    use super::{is_below, joined};

    #[test]
    fn a_rewritten_path_is_not_below_the_router() {
        for (nested_at, path, seen, expected) in [
            ("/v1", "/v1/export", "/export", true),
            ("/v1", "/v1", "/", true),
            ("/v1", "/v1/", "/", true),
            ("/v1/", "/v1/export", "/export", true),
            ("/api/v1", "/api/v1/a/b", "/a/b", true),
            ("/tenants/{tenant}", "/tenants/a/b", "/b", true),
            ("/tenants/{tenant}", "/tenants/a", "/", true),
            ("/v1", "/v1/export", "/admin", false),
            ("/v1", "/v2/export", "/export", false),
            ("/v1", "/public", "/admin", false),
            ("/v1", "/v1/a/b", "/b", false),
            ("/v1", "/v1export", "/export", false),
            ("/v1/v2", "/v1", "/", false),
        ] {
            assert_eq!(is_below(nested_at, path, seen), expected, "{path} {seen}");
        }
    }

    #[test]
    fn a_prefix_is_put_in_front() {
        for (prefix, path, expected) in [
            ("/v1", "/export", "/v1/export"),
            ("/v1", "/", "/v1"),
            ("", "/", "/"),
            ("", "/a", "/a"),
            ("/v1", "//", "/v1//"),
        ] {
            assert_eq!(joined(prefix, path), expected);
        }
    }
}
