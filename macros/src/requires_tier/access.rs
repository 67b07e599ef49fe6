//! Who may call an endpoint, and the rules for a tier and the option `public`.

use super::annotated_function::AnnotatedFunction;
use super::endpoint::check_length;
use super::options::last_segment;
use crate::syntax::editor_spans::error_span;
use crate::syntax::errors::Errors;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{LitStr, Path};

/// Who may call an endpoint.
pub(super) enum Access {
    /// Callers with at least this tier: the enum and the variant.
    Tier(TokenStream, Ident),
    /// Everybody, for this reason.
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
                "an endpoint either requires a tier or is public; keep `{}` or `public`, not both",
                last_segment(tier)
            ),
        ),
        // Another mistake may be the reason why there is no tier.
        (None, None) if !errors.is_empty() => {}
        (None, None) => errors.push(syn::Error::new(
            Span::call_site(),
            "the tier is missing; write `#[requires_tier(Plus)]` with a variant of your tier enum, or `public = \"reason\"` if everybody may call this handler",
        )),
    }
    None
}

fn check_reason(reason: &LitStr, errors: &mut Errors) {
    if reason.value().trim().is_empty() {
        errors.at(
            reason,
            "the reason must not be empty; write why everybody may call this endpoint: `public = \"health checks have no account\"`",
        );
    }
    check_length("the reason", reason, errors);
}
