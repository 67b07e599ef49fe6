//! Implements the trait `Feature` for a valid enum.

use super::model::FeatureModel;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn trait_impl(model: &FeatureModel<'_>) -> TokenStream {
    let FeatureModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let keys: Vec<_> = variants.iter().map(|variant| &variant.key).collect();
    let names = variants.iter().map(|variant| &variant.name);
    let (last, others) = idents.split_last().into_iter().next().unzip();
    let others = others.into_iter().flatten();
    let indices = 0..idents.len().saturating_sub(1);
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #ident {
                // Indexing `ALL` would copy the add-on, and would cause a second error if the enum isn't
                // `Copy`. A `match` needs no `Copy`.
                #[doc(hidden)]
                fn __tiergate_at(index: ::core::primitive::usize) -> Self {
                    match index {
                        #(#indices => Self::#others,)*
                        _ => Self::#last,
                    }
                }
            }

            #[automatically_derived]
            impl #krate::__private::FeatureEnum for #ident {
                const VARIANTS: &'static [Self] = &[#(Self::#idents),*];
                const VARIANT_KEYS: &'static [&'static ::core::primitive::str] = &[#(#keys),*];
                const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

                #[inline]
                fn position(self) -> ::core::primitive::u8 {
                    self as ::core::primitive::u8
                }
            }

            #krate::__if_serde! { feature #ident #([Self::#idents] #keys)* }
        };
    }
}
