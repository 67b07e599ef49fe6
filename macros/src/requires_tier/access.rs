//! Who may call an endpoint, and the rules for a tier and the option `public`.

use super::annotated_function::AnnotatedFunction;
use super::endpoint::check_length;
use super::options::last_segment;
use crate::syntax::editor_spans::error_span;
use crate::syntax::errors::Errors;
use crate::syntax::option_errors::empty_value;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{LitStr, Path};

/// Who may call an endpoint.
pub(super) enum Access {
    /// Callers with at least this tier: the enum and the variant.
    Tier(TokenStream, Ident),
    /// Everyone, for this reason.
    Public(String),
}

impl Access {
    /// Reads `Plus` as `Tier::Plus`, and takes `Plan::Gold` as written.
    pub(super) fn of_tier(path: &Path) -> Option<Self> {
        let segments: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
        let (variant, of) = segments.split_last()?;
        let leading = path.leading_colon;
        let of = if of.is_empty() {
            let tier = Ident::new("Tier", error_span(variant.span()));
            quote!(#tier)
        } else {
            quote!(#leading #(#of)::*)
        };
        Some(Self::Tier(of, (*variant).clone()))
    }
}

/// Reads the access from the options. Returns `None` after a mistake.
pub(super) fn validate_access(
    function: &AnnotatedFunction<'_>,
    errors: &mut Errors,
) -> Option<Access> {
    let options = &function.options;
    match (&options.tier, options.public.get()) {
        (Some(tier), None) => return Access::of_tier(tier),
        (None, Some(reason)) => {
            check_reason(reason, errors);
            match options.guard.get() {
                None => return Some(Access::Public(reason.value())),
                Some(guard) => errors.at(
                    guard,
                    "a public endpoint has no guard; remove `guard`, or require a tier",
                ),
            }
        }
        (Some(tier), Some(_)) => errors.at(
            tier,
            format!(
                "an endpoint can't both require a tier and be public; remove `{}` or `public`",
                last_segment(tier)
            ),
        ),
        // The reported mistake may have hidden the tier.
        (None, None) if !errors.is_empty() => {}
        (None, None) => errors.push(syn::Error::new(
            Span::call_site(),
            "the tier is missing; add a variant of your tier enum, or `public = \"reason\"` for a public endpoint",
        )),
    }
    None
}

fn check_reason(reason: &LitStr, errors: &mut Errors) {
    if reason.value().trim().is_empty() {
        let fix = "write why the endpoint is public, such as \"health checks have no account\"";
        errors.at(reason, empty_value("public", fix));
    }
    check_length("`public`", reason, errors);
}
