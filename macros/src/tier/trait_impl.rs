//! Implements the trait `Tier` for a valid enum.

use super::model::TierModel;
use super::ranks::const_rank_checks;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn trait_impl(model: &TierModel<'_>) -> TokenStream {
    let TierModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let variant_idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let tier_names: Vec<_> = variants.iter().map(|variant| &variant.tier_name).collect();
    let rank_checks = const_rank_checks(model);
    let match_name = match_tier_name(model);
    let aliases = model.aliases();
    let (feature_enum, has_features) = model.feature_enum();
    let lower_indices = 0..variant_idents.len() - 1;
    let (highest_tier, lower_tiers) = variant_idents.split_last().into_iter().next().unzip();
    let lower_tiers = lower_tiers.into_iter().flatten();
    quote! {
        const _: () = {
            type __Self = #ident;
            #rank_checks

            #[automatically_derived]
            impl #ident {
                // Indexing `ALL` would copy the tier, and would cause a second error if the enum isn't
                // `Copy`. A `match` needs no `Copy`.
                #[doc(hidden)]
                fn __tiergate_at(index: ::core::primitive::usize) -> Self {
                    match index {
                        #(#lower_indices => Self::#lower_tiers,)*
                        _ => Self::#highest_tier,
                    }
                }
            }

            #[automatically_derived]
            impl #krate::__private::TierEnum for #ident {
                type FeatureEnum = #feature_enum;
                const VARIANTS: &'static [Self] = &[#(Self::#variant_idents),*];
                const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[#(#tier_names),*];
                const VARIANT_ALIASES: &'static [(&'static ::core::primitive::str, ::core::primitive::usize)] = #aliases;
                const DISCRIMINANTS: &'static [::core::primitive::u32] =
                    &[#(Self::#variant_idents as ::core::primitive::u32),*];

                #[inline]
                fn variant_name(self) -> &'static ::core::primitive::str {
                    #match_name
                }

                #[inline]
                fn discriminant(self) -> ::core::primitive::u32 {
                    self as ::core::primitive::u32
                }
            }

            #has_features

            #krate::__if_serde! { #ident (#aliases) #([Self::#variant_idents] #tier_names)* }
        };
    }
}

/// Returns a `match` from `self` to the tier's name. Ranks may have gaps, so a rank can't be used as an
/// index into the names.
pub(super) fn match_tier_name(model: &TierModel<'_>) -> TokenStream {
    let variant_idents = model.variants.iter().map(|variant| &variant.ident);
    let tier_names = model.variants.iter().map(|variant| &variant.tier_name);
    quote!(match self { #(Self::#variant_idents => #tier_names,)* })
}
