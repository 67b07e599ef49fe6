//! Finds the endpoint of a path, and rejects ambiguous paths.

use crate::catalogue::Catalogue;
use crate::catalogue::audit::constraints::is_certain;
use crate::endpoint::Endpoint;
use crate::frameworks::tower::refusal::EnforceRefusal;
use crate::route::method::Method;
use crate::route::{Empty, by_specificity, segments, spelling};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Returns the endpoint that requires the highest tier among all endpoints that a service may pick for
/// this request. A caller who passes its check may call each of them.
pub(super) fn find<C: Catalogue>(method: &str, path: &str) -> Result<Endpoint, EnforceRefusal> {
    let spelled = canonical(path).ok_or(EnforceRefusal::AmbiguousPath)?;
    let mut strictest = find_as_spelled::<C>(method, path)?;
    if spelled != path {
        stricter_of(&mut strictest, find_as_spelled::<C>(method, &spelled)?);
    }
    if spelled.contains('%') {
        // A service may also compare its routes with the decoded path.
        let decoded = percent_decode_str(&spelled).decode_utf8_lossy();
        if let Ok(endpoint) = find_as_spelled::<C>(method, &decoded) {
            stricter_of(&mut strictest, endpoint);
        }
    }
    Ok(strictest)
}

/// Returns the canonical spelling of a path that every service interprets in the same way, or `None`
/// for any other path.
fn canonical(path: &str) -> Option<Cow<'_, str>> {
    let spelled = spelling::canonical(path)?;
    let segments = spelled.strip_prefix('/')?;
    // Ignores the empty segment after a final slash, and the one in `/`.
    let segments = segments.strip_suffix('/').unwrap_or(segments);
    if spelled != "/" && !segments.split('/').all(is_plain) {
        return None;
    }
    Some(spelled)
}

/// Returns whether every service treats the segment as the same single name. A service could treat
/// other segments as another name, as two segments, or as a step to another folder.
fn is_plain(segment: &str) -> bool {
    const SEPARATORS: [char; 6] = ['/', '\\', '%', ';', '?', '#'];
    let Ok(text) = percent_decode_str(segment).decode_utf8() else {
        return false;
    };
    // Some file systems ignore dots and spaces at the end of a name.
    let is_trimmed = text.trim() == text && !text.ends_with('.');
    let is_special = |character: char| SEPARATORS.contains(&character) || character.is_control();
    !text.is_empty() && is_trimmed && !text.contains(is_special)
}

/// Returns the strictest endpoint that a service may pick if it compares this path byte by byte.
fn find_as_spelled<C: Catalogue>(method: &str, path: &str) -> Result<Endpoint, EnforceRefusal> {
    let method_name = method;
    let method = Method::of_request(method);
    // A service may read `get` as `GET`. HTTP methods are case-sensitive.
    if method.is_none() && Method::of_request(&method_name.to_ascii_uppercase()).is_some() {
        return Err(EnforceRefusal::Unlisted);
    }
    let (template, chosen) = most_specific::<C>(method, path);
    // If a constraint decides which endpoint answers, nobody knows here which one it is.
    let chosen = chosen.filter(|endpoint| is_certain(*endpoint, method_name, C::endpoints()));
    if path != "/"
        && path.ends_with('/')
        && !template.is_some_and(|template| template.ends_with('/'))
    {
        return Err(EnforceRefusal::AmbiguousPath);
    }
    let mut strictest = chosen.ok_or(EnforceRefusal::Unlisted)?;
    let name = path.strip_suffix('/').unwrap_or(path);
    each_choice::<C>(method, path, |endpoint| {
        stricter_of(&mut strictest, endpoint);
    });
    // A service may remove the final slash.
    if name != path {
        each_choice::<C>(method, name, |endpoint| {
            stricter_of(&mut strictest, endpoint);
        });
    }
    // A service may add a slash, or serve the index of a folder.
    let is_of_folder = |path: &str| {
        !path.ends_with('}') || template.is_none_or(|chosen| is_other_folder(path, chosen))
    };
    let folders = [Some(name), name.strip_suffix("/index.html")];
    for folder in folders.into_iter().flatten() {
        for end in ["", "/", "/index.html"] {
            each_choice::<C>(method, &format!("{folder}{end}"), |endpoint| {
                if endpoint.path().is_some_and(is_of_folder) {
                    stricter_of(&mut strictest, endpoint);
                }
            });
        }
    }
    Ok(strictest)
}

/// Returns whether a template that ends with a parameter may describe a folder whose own path matches
/// `chosen`.
///
/// If the public `/{*path}` matches `/docs`, the gated `/docs/{*path}` counts: a service that is nested at
/// `/docs` serves its index there. A less specific template doesn't count, because a public `/health` would
/// otherwise be as gated as `/{*path}`. A template that extends the chosen one doesn't count either:
/// `/units` and `/units/{id}` are two endpoints.
fn is_other_folder(template: &str, chosen: &str) -> bool {
    let parent: Vec<_> = segments(chosen).collect();
    let is_extension = segments(template)
        .take(parent.len())
        .eq(parent.iter().copied());
    by_specificity(template, chosen).is_gt() && !is_extension
}

/// Returns the most specific template that matches a path, and its endpoint for a method.
fn most_specific<C: Catalogue>(
    method: Option<Method>,
    path: &str,
) -> (Option<&'static str>, Option<Endpoint>) {
    let first = C::__routes().each_template(C::endpoints(), method, path, Empty::No, |answers| {
        Some((answers.of_template.path(), answers.chosen().copied()))
    });
    first.unwrap_or_default()
}

/// Visits the endpoints that a service may pick for a request if it routes by the path first or by the
/// method first. A service may also handle `HEAD` like `GET`, and accept `/@` for `/@{user}`.
fn each_choice<C: Catalogue>(method: Option<Method>, path: &str, mut visit: impl FnMut(Endpoint)) {
    let as_get = (method == Some(Method::Head)).then_some(Some(Method::Get));
    let methods = [Some(method), as_get].into_iter().flatten();
    for (method, empty) in methods.flat_map(|method| [(method, Empty::No), (method, Empty::Behind)])
    {
        let mut has_any = false;
        C::__routes().each_template(C::endpoints(), method, path, empty, |answers| {
            if let Some(endpoint) = answers.exact {
                visit(*endpoint);
                // A router may continue if a constraint doesn't hold.
                return (!endpoint.is_constrained()).then_some(());
            }
            if let Some(endpoint) = answers.any.filter(|_| !has_any) {
                visit(*endpoint);
                has_any = !endpoint.is_constrained();
            }
            None
        });
    }
}

/// Replaces the endpoint if the other one requires a higher tier.
pub(super) fn stricter_of(strictest: &mut Endpoint, other: Endpoint) {
    if other.required_rank() > strictest.required_rank() {
        *strictest = other;
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn paths_in_canonical_form_are_accepted() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("/a/..b/...c/.well-known", "/a/..b/...c/.well-known"),
            ("/a:b@c,d+e=f&g", "/a:b@c,d+e=f&g"),
            ("/a%20b", "/a%20b"),
            ("/%61", "/a"),
            ("/%e2%82%ac", "/%E2%82%AC"),
            ("/€", "/%E2%82%AC"),
            ("/%40ada", "/@ada"),
        ] {
            assert_eq!(canonical(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn every_other_path_is_refused() {
        for path in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//",
            "/a//b",
            "///",
            "/a/../b",
            "/a/./b",
            "/..",
            "/.",
            "/a/..",
            "/a/../",
            "/a/...",
            "/a/%2e%2E/b",
            "/a/%2e./b",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a;x",
            "/;",
            "/a%3bx",
            "/a/..%3b/b",
            "/a/..%3f/b",
            "/a%3f",
            "/a%23",
            "/a/%20../b",
            "/a/..%20/b",
            "/a%20",
            "/%20a",
            "/a%C2%A0",
            "/a.",
            "/a%2e",
            "/%2e",
            "/a%2Fb",
            "/%2f",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0ab",
            "/a%7f",
            "/a%C2%85b",
            "/%FF",
            "/%C0%AE/b",
            "/%252e%252e/b",
            "/..%252fb",
            "/%25",
            "/%%32e",
            "/%",
            "/%4",
            "/%zz",
            "/%+1",
        ] {
            assert_eq!(canonical(path), None, "{path}");
        }
    }
}
