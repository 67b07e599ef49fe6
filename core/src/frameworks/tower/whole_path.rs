//! The whole path of a request. In a router nested at `/v1`, the layer sees `/export` instead of
//! `/v1/export`.

use crate::catalogue::Catalogue;
use crate::frameworks::tower::candidates::{Candidates, candidates};
use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
// The `tower` feature enables the axum features under which axum's `Router` sets these extensions.
use ::axum::extract::{NestedPath, OriginalUri};
use http::Extensions;
use http::uri::{PathAndQuery, Uri};
use std::borrow::Cow;

/// The path that the client sent, as far as it is known.
pub(super) struct WholePath<'a> {
    path: Cow<'a, str>,
    /// The path as the layer sees it, which may lack a prefix.
    seen_path: &'a str,
}

impl<'a> WholePath<'a> {
    /// Determines a request's whole path. `prefix` is the prefix, if any, that an outer service has
    /// removed from the path.
    ///
    /// Returns `None` if axum's extensions contradict the path that the layer sees. In this case, a
    /// service between the router and the layer has rewritten the path.
    pub(super) fn of(
        prefix: Option<&str>,
        extensions: &'a Extensions,
        uri: &'a Uri,
    ) -> Option<Self> {
        let seen_path = uri.path();
        let path = match (prefix, extensions.get::<NestedPath>()) {
            (Some(prefix), _) => Cow::Owned(join_prefix(prefix, seen_path)),
            (None, Some(nested)) => {
                let OriginalUri(original) = extensions.get()?;
                is_below_nested_router(nested.as_str(), original.path(), seen_path)
                    .then(|| original.path())?
                    .into()
            }
            (None, None) => seen_path.into(),
        };
        Some(Self { path, seen_path })
    }

    /// Returns the endpoints that the caller must be allowed to call. The catalogue must list the whole
    /// path. If it also lists the shortened path that the layer sees, the endpoints of both paths are
    /// returned.
    pub(super) fn find_endpoints<C: Catalogue>(
        &self,
        method: &str,
    ) -> Result<Candidates, EnforceRefusal> {
        let mut found = match candidates::<C>(method, &self.path) {
            // The layer can't see whether the client sent a slash after the prefix, as in `/v1/`.
            Err(EnforceRefusal::Unlisted) if self.seen_path == "/" && self.path != "/" => {
                candidates::<C>(method, &format!("{}/", self.path.trim_end_matches('/')))
                    .or(Err(EnforceRefusal::Unlisted))?
            }
            found => found?,
        };
        if self.seen_path != self.path
            && let Ok(of_seen_path) = candidates::<C>(method, self.seen_path)
        {
            found.add_all(&of_seen_path);
        }
        Ok(found)
    }
}

/// Returns the URI with the whole path.
pub(super) fn whole_uri(prefix: Option<&str>, extensions: &Extensions, uri: &Uri) -> Option<Uri> {
    let whole_path = WholePath::of(prefix, extensions, uri)?;
    let query = uri.query().map(|query| format!("?{query}"));
    let whole = format!("{}{}", whole_path.path, query.unwrap_or_default());
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

fn join_prefix(prefix: &str, path: &str) -> String {
    match path {
        // A service that removes the prefix `/v1` turns `/v1` into `/`.
        "/" if !prefix.is_empty() => prefix.to_owned(),
        path => format!("{prefix}{path}"),
    }
}

/// Returns whether a router nested at the template `nested_at` sees `path` as `seen_path`. For example,
/// a router nested at `/v1` sees `/v1/export` as `/export`.
fn is_below_nested_router(nested_at: &str, path: &str, seen_path: &str) -> bool {
    let mut remaining_path = path;
    for nested_segment in nested_at.trim_matches('/').split('/') {
        let Some(behind) = remaining_path.strip_prefix('/') else {
            return false;
        };
        let end = behind.find('/').unwrap_or(behind.len());
        let (segment, behind) = behind.split_at(end);
        // In a nested axum router's path, a parameter is always a whole segment.
        let is_parameter = nested_segment.starts_with('{') && nested_segment.ends_with('}');
        if !is_parameter && segment != nested_segment {
            return false;
        }
        remaining_path = behind;
    }
    remaining_path == seen_path || (remaining_path.is_empty() && seen_path == "/")
}

#[cfg(test)]
mod tests {
    use super::{is_below_nested_router, join_prefix};

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
            assert_eq!(
                is_below_nested_router(nested_at, path, seen),
                expected,
                "{path} {seen}"
            );
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
            assert_eq!(join_prefix(prefix, path), expected);
        }
    }
}
