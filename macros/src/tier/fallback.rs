//! The expansion of an invalid enum.

use super::model::TierModel;
use proc_macro2::TokenStream;
use quote::quote;

/// Implements `TierEnum` without any tiers. This implementation compiles for every enum, so code that
/// uses the enum causes no further errors.
pub(super) fn impl_without_tiers(model: &TierModel<'_>) -> TokenStream {
    let TierModel { ident, krate, .. } = model;
    if model.is_generic {
        return TokenStream::new();
    }
    let (feature_enum, has_features) = model.feature_enum();
    quote! {
        #has_features

        #[automatically_derived]
        impl #krate::__private::TierEnum for #ident {
            type FeatureEnum = #feature_enum;
            const VARIANTS: &'static [Self] = &[];
            const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[];
            const VARIANT_ALIASES: &'static [(&'static ::core::primitive::str, ::core::primitive::usize)] = &[];
            const DISCRIMINANTS: &'static [::core::primitive::u32] = &[];
            fn variant_name(self) -> &'static ::core::primitive::str { "" }
            fn discriminant(self) -> ::core::primitive::u32 { 0 }
        }
    }
}
