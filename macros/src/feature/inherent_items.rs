//! The inherent items of a valid enum: `ALL`, `key`, `name` and `from_key`.

use super::model::FeatureModel;
use crate::syntax::spans::definition_span;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Writes the inherent items. Users can call them without importing the trait `Feature`. All of them
/// except `from_key` also work in constants.
pub(super) fn inherent_items(model: &FeatureModel<'_>) -> TokenStream {
    let FeatureModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let keys: Vec<_> = variants.iter().map(|variant| &variant.key).collect();
    let names = variants.iter().map(|variant| &variant.name);
    let [all, key, name, from_key] = ["ALL", "key", "name", "from_key"]
        .map(|item| Ident::new(item, definition_span(ident.span())));
    quote! {
        // The trait has methods with the same names for generic code, which Clippy would report.
        #[automatically_derived]
        #[allow(clippy::same_name_method)]
        impl #ident {
            /// Every add-on, in the order of the variants.
            pub const #all: &'static [Self] = &[#(Self::#idents),*];

            /// Returns the add-on's key, as stores and documents contain it.
            #[inline]
            #[must_use]
            pub const fn #key(self) -> &'static ::core::primitive::str {
                match self { #(Self::#idents => #keys,)* }
            }

            /// Returns the add-on's name, as customers see it.
            #[inline]
            #[must_use]
            pub const fn #name(self) -> &'static ::core::primitive::str {
                match self { #(Self::#idents => #names,)* }
            }

            /// Returns the add-on with this key, or `None` if no add-on has this key. Keys are
            /// case-sensitive.
            #[must_use]
            pub fn #from_key(
                key: &::core::primitive::str,
            ) -> ::core::option::Option<Self> {
                #krate::__private::position_of_key(&[#(#keys),*], key).map(Self::__tiergate_at)
            }
        }
    }
}
