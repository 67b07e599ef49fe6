//! The expansion of an invalid enum.

use super::model::FeatureModel;
use proc_macro2::TokenStream;
use quote::quote;

/// Implements `FeatureEnum` without any add-ons. This implementation compiles for every enum, so code
/// that uses the enum causes no further errors.
pub(super) fn impl_for_invalid_enum(model: &FeatureModel<'_>) -> TokenStream {
    let FeatureModel { ident, krate, .. } = model;
    if model.is_generic {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        impl #krate::__private::FeatureEnum for #ident {
            const VARIANTS: &'static [Self] = &[];
            const VARIANT_KEYS: &'static [&'static ::core::primitive::str] = &[];
            const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[];
            fn position(self) -> ::core::primitive::u8 { 0 }
        }
    }
}
