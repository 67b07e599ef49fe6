//! Generates code that refers to variants of the user's enums.

use super::spans::{error_span, local_variable};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// Returns the rank of a tier. `tier_enum` is the name of an alias that refers to the tier enum. A single
/// name such as `Plus` is a variant of this enum, and a path is used unchanged.
pub(crate) fn rank_of_tier(tier: &Path, tier_enum: &str) -> TokenStream {
    rank_of_tier_at(tier, tier_enum, error_span(tier.span()))
}

/// Returns the rank of a tier like [`rank_of_tier`], but with this span.
pub(crate) fn rank_of_tier_at(tier: &Path, tier_enum: &str, span: Span) -> TokenStream {
    let tier_enum = Ident::new(tier_enum, span);
    let variant = qualified_variant(tier, &tier_enum);
    let number_type = quote_spanned!(span=> ::core::primitive::u32);
    variant_number(&tier_enum, &variant, &number_type, span)
}

/// Returns the path of a variant. A single name is a variant of the enum, and a path is used unchanged.
pub(crate) fn qualified_variant(path: &Path, variant_type: &Ident) -> TokenStream {
    match path.get_ident() {
        Some(variant) => quote_spanned!(variant_type.span()=> #variant_type::#variant),
        None => path.to_token_stream(),
    }
}

/// Returns the number of a variant. The variant must be of the given type, so a constant of another type
/// is an error.
pub(crate) fn variant_number(
    variant_type: &Ident,
    variant: &TokenStream,
    number_type: &TokenStream,
    span: Span,
) -> TokenStream {
    // If the user's code contained a constant with this name, the name would refer to the constant.
    let variable = local_variable("__tiergate_variant");
    let variant_type = quote!(#variant_type);
    quote_spanned! {span=> {
        let #variable: #variant_type = #variant;
        #variable as #number_type
    }}
}

/// Returns a path with a different position in the source, so that an error about a call points to this
/// position. The names in the path still refer to the same items.
pub(crate) fn located_at(path: &TokenStream, span: Span) -> TokenStream {
    let tokens = path.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}
