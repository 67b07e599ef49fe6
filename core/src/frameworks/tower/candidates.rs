//! Finds the endpoints that a service may pick for a request.

use crate::catalogue::Catalogue;
use crate::catalogue::constrained_routes::is_certain;
use crate::endpoint::Endpoint;
use crate::frameworks::tower::canonical_path::canonical_path;
use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
use crate::route::method::Method;
use crate::route::path_matching::Empty;
use crate::route::template_comparison::by_specificity;
use crate::route::template_segments::segments;
use percent_encoding::percent_decode_str;

/// The endpoints that a service may pick for a request. The caller must be allowed to call all of them.
#[derive(Debug)]
pub(super) struct Candidates {
    /// The endpoint that requires the highest tier.
    strictest: Endpoint,
    /// The other gated endpoints. A caller with the tier of `strictest` may still lack an add-on that
    /// one of these endpoints requires, or an override may have closed it.
    others: Vec<Endpoint>,
}

impl Candidates {
    fn new(endpoint: Endpoint) -> Self {
        Self {
            strictest: endpoint,
            others: Vec::new(),
        }
    }

    fn add(&mut self, endpoint: Endpoint) {
        if endpoint.is_public() || endpoint == self.strictest || self.others.contains(&endpoint) {
            return;
        }
        // A public endpoint is less strict than every gated endpoint.
        let strictness = |endpoint: Endpoint| endpoint.need().map(|need| need.required_rank());
        if strictness(endpoint) <= strictness(self.strictest) {
            self.others.push(endpoint);
            return;
        }
        let less_strict = std::mem::replace(&mut self.strictest, endpoint);
        if !less_strict.is_public() {
            self.others.push(less_strict);
        }
    }

    pub(super) fn add_all(&mut self, candidates: &Self) {
        self.add(candidates.strictest);
        for endpoint in &candidates.others {
            self.add(*endpoint);
        }
    }

    /// Returns whether everybody may call all of the endpoints.
    pub(super) fn are_public(&self) -> bool {
        self.strictest.is_public()
    }

    /// Returns whether this is true for any of the endpoints.
    #[cfg(any(feature = "quota", feature = "source"))]
    pub(super) fn any(&self, is_true: impl Fn(Endpoint) -> bool) -> bool {
        self.iter().any(is_true)
    }

    #[cfg(any(feature = "quota", feature = "source"))]
    pub(super) fn iter(&self) -> impl Iterator<Item = Endpoint> {
        std::iter::once(self.strictest).chain(self.others.iter().copied())
    }

    /// Returns the endpoint to check: the first one that `is_refused` returns `true` for, or else the
    /// one that requires the highest tier.
    pub(super) fn first_refused(&self, is_refused: impl Fn(Endpoint) -> bool) -> Endpoint {
        // A caller whom `strictest` refuses needs no other check.
        if self.others.is_empty() || is_refused(self.strictest) {
            return self.strictest;
        }
        let mut others = self.others.iter().copied();
        others
            .find(|endpoint| is_refused(*endpoint))
            .unwrap_or(self.strictest)
    }
}

/// Returns all endpoints that a service may pick for this request.
pub(super) fn candidates<C: Catalogue>(
    method: &str,
    path: &str,
) -> Result<Candidates, EnforceRefusal> {
    let spelled = canonical_path(path).ok_or(EnforceRefusal::AmbiguousPath)?;
    let mut candidates = candidates_as_spelled::<C>(method, path)?;
    if spelled != path {
        candidates.add_all(&candidates_as_spelled::<C>(method, &spelled)?);
    }
    if spelled.contains('%') {
        // A service may also match its routes against the decoded path.
        let decoded = percent_decode_str(&spelled).decode_utf8_lossy();
        if let Ok(of_decoded) = candidates_as_spelled::<C>(method, &decoded) {
            candidates.add_all(&of_decoded);
        }
    }
    Ok(candidates)
}

/// Returns the endpoints that a service may pick if it compares this path byte by byte.
fn candidates_as_spelled<C: Catalogue>(
    method: &str,
    path: &str,
) -> Result<Candidates, EnforceRefusal> {
    let method_name = method;
    let method = Method::of_request(method);
    // HTTP methods are case-sensitive, but a service might treat `get` as `GET`.
    if method.is_none() && Method::of_request(&method_name.to_ascii_uppercase()).is_some() {
        return Err(EnforceRefusal::Unlisted);
    }
    let (template, chosen) = most_specific_template::<C>(method, path);
    // If a constraint decides which endpoint responds, the layer can't predict the endpoint.
    let chosen = chosen.filter(|endpoint| is_certain(*endpoint, method_name, C::endpoints()));
    if path != "/"
        && path.ends_with('/')
        && !template.is_some_and(|template| template.ends_with('/'))
    {
        return Err(EnforceRefusal::AmbiguousPath);
    }
    let mut candidates = Candidates::new(chosen.ok_or(EnforceRefusal::Unlisted)?);
    let path_without_slash = path.strip_suffix('/').unwrap_or(path);
    visit_candidates::<C>(method, path, |endpoint| {
        candidates.add(endpoint);
    });
    // A service may remove the final slash, as in `/docs/`.
    if path_without_slash != path {
        visit_candidates::<C>(method, path_without_slash, |endpoint| {
            candidates.add(endpoint);
        });
    }
    // For `/docs`, a service may add a slash, or serve `/docs/index.html`.
    let is_folder_template = |path: &str| {
        !path.ends_with('}') || template.is_none_or(|chosen| is_separate_folder(path, chosen))
    };
    let folders = [
        Some(path_without_slash),
        path_without_slash.strip_suffix("/index.html"),
    ];
    for folder in folders.into_iter().flatten() {
        for suffix in ["", "/", "/index.html"] {
            visit_candidates::<C>(method, &format!("{folder}{suffix}"), |endpoint| {
                if endpoint.path().is_some_and(is_folder_template) {
                    candidates.add(endpoint);
                }
            });
        }
    }
    Ok(candidates)
}

/// Returns whether `template` may describe a separate folder whose own path matches the `chosen`
/// template. `template` ends with a parameter.
///
/// For example, the public `/{*path}` matches `/docs`, but a service nested at `/docs` serves its index
/// at this path. The gated `/docs/{*path}` therefore counts as a separate folder. A template that is
/// less specific than `chosen` doesn't count. If it did, a public `/health` would require the tier of a
/// gated `/{*path}`. A template that extends `chosen` doesn't count either, because `/units` and
/// `/units/{id}` are two endpoints.
fn is_separate_folder(template: &str, chosen: &str) -> bool {
    let chosen_segments: Vec<_> = segments(chosen).collect();
    let is_extension = segments(template)
        .take(chosen_segments.len())
        .eq(chosen_segments.iter().copied());
    by_specificity(template, chosen).is_gt() && !is_extension
}

/// Returns the most specific template that matches a path, and the template's endpoint for an HTTP
/// method.
fn most_specific_template<C: Catalogue>(
    method: Option<Method>,
    path: &str,
) -> (Option<&'static str>, Option<Endpoint>) {
    let first_template =
        C::__routes().each_template(C::endpoints(), method, path, Empty::No, |answers| {
            Some((answers.of_template.path(), answers.chosen().copied()))
        });
    first_template.unwrap_or_default()
}

/// Visits the endpoints that a service may pick for a request. The service may route by the path first
/// or by the HTTP method first. It may also handle `HEAD` like `GET`, and accept `/@` for `/@{user}`.
fn visit_candidates<C: Catalogue>(
    method: Option<Method>,
    path: &str,
    mut visit: impl FnMut(Endpoint),
) {
    let head_as_get = (method == Some(Method::Head)).then_some(Some(Method::Get));
    let methods = [Some(method), head_as_get].into_iter().flatten();
    for (method, empty) in methods.flat_map(|method| [(method, Empty::No), (method, Empty::Behind)])
    {
        let mut has_any = false;
        C::__routes().each_template(C::endpoints(), method, path, empty, |answers| {
            if let Some(endpoint) = answers.exact {
                visit(*endpoint);
                // If the endpoint's constraint doesn't match the path, a router may continue with the
                // next matching template.
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
