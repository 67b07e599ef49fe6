//! The implementation of the trait for a valid enum.

use super::model::TierModel;
use super::ranks::const_rank_checks;
use proc_macro2::TokenStream;
use quote::quote;

/// Implements the trait.
pub(super) fn trait_impl(model: &TierModel<'_>) -> TokenStream {
    let TierModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
    let checks = const_rank_checks(model);
    let name = match_name(model);
    let indices = 0..idents.len() - 1;
    let (highest, lower) = idents.split_last().into_iter().next().unzip();
    let lower = lower.into_iter().flatten();
    quote! {
        const _: () = {
            type __Self = #ident;
            #checks

            #[automatically_derived]
            impl #ident {
                // Doesn't index `ALL`, so that an enum without `Copy` gives one error.
                #[doc(hidden)]
                fn __tiergate_at(index: ::core::primitive::usize) -> Self {
                    match index {
                        #(#indices => Self::#lower,)*
                        _ => Self::#highest,
                    }
                }
            }

            #[automatically_derived]
            impl #krate::__private::TierEnum for #ident {
                const VARIANTS: &'static [Self] = &[#(Self::#idents),*];
                const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
                const DISCRIMINANTS: &'static [::core::primitive::u32] =
                    &[#(Self::#idents as ::core::primitive::u32),*];

                #[inline]
                fn variant_name(self) -> &'static ::core::primitive::str {
                    #name
                }

                #[inline]
                fn discriminant(self) -> ::core::primitive::u32 {
                    self as ::core::primitive::u32
                }
            }

            #krate::__if_serde! { #ident #([Self::#idents] #names)* }
        };
    }
}

/// Maps `self` to its name. Ranks may have gaps, so this isn't an index into the names.
pub(super) fn match_name(model: &TierModel<'_>) -> TokenStream {
    let idents = model.variants.iter().map(|variant| &variant.ident);
    let names = model.variants.iter().map(|variant| &variant.name);
    quote!(match self { #(Self::#idents => #names,)* })
}
