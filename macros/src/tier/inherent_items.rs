//! The inherent items of a valid enum: `ALL`, `name`, `rank`, `allows`, `from_name` and `from_rank`.

use super::model::TierModel;
use super::trait_impl::match_tier_name;
use crate::syntax::spans::definition_span;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Writes the inherent items, `FromStr` and `TryFrom<u32>`. Users can call the inherent items without
/// importing the trait `Tier`. All of them except `from_name` and `from_rank` also work in constants.
pub(super) fn inherent_items(model: &TierModel<'_>) -> TokenStream {
    let TierModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let variant_idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let match_name = match_tier_name(model);
    let lookup_functions = lookup_functions(model);
    let [all, name, rank, allows] =
        ["ALL", "name", "rank", "allows"].map(|name| item_name(name, ident));
    quote! {
        // The trait has methods with the same names for generic code, which Clippy would report.
        #[automatically_derived]
        #[allow(clippy::same_name_method)]
        impl #ident {
            /// Every tier, lowest first.
            pub const #all: &'static [Self] = &[#(Self::#variant_idents),*];

            /// Returns the tier's name, as customers see it.
            #[inline]
            #[must_use]
            pub const fn #name(self) -> &'static ::core::primitive::str {
                #match_name
            }

            /// Returns the tier's rank. Higher tiers have higher ranks.
            #[inline]
            #[must_use]
            pub const fn #rank(self) -> ::core::primitive::u32 {
                self as ::core::primitive::u32
            }

            /// Returns whether this tier gives the access that `required` gives.
            #[inline]
            #[must_use]
            pub const fn #allows(self, required: Self) -> ::core::primitive::bool {
                self as ::core::primitive::u32 >= required as ::core::primitive::u32
            }

            #lookup_functions
        }

        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #krate::UnknownTier;

            fn from_str(name: &::core::primitive::str) -> ::core::result::Result<Self, #krate::UnknownTier> {
                Self::from_name(name)
            }
        }

        #[automatically_derived]
        impl ::core::convert::TryFrom<::core::primitive::u32> for #ident {
            type Error = #krate::UnknownTier;

            fn try_from(rank: ::core::primitive::u32) -> ::core::result::Result<Self, #krate::UnknownTier> {
                Self::from_rank(rank)
            }
        }
    }
}

/// Writes the inherent functions `from_name` and `from_rank`.
fn lookup_functions(model: &TierModel<'_>) -> TokenStream {
    let TierModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let [from_name, from_rank] = ["from_name", "from_rank"].map(|name| item_name(name, ident));
    let variant_idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let tier_names: Vec<_> = variants.iter().map(|variant| &variant.tier_name).collect();
    let aliases = model.aliases();
    quote! {
        /// Returns the tier with this name, ignoring case. A tier can also be read from its variant's
        /// identifier and its aliases.
        ///
        /// # Errors
        /// Fails if no tier has this name. The error lists every name.
        pub fn #from_name(
            name: &::core::primitive::str,
        ) -> ::core::result::Result<Self, #krate::UnknownTier> {
            #krate::__private::index_of_name(&[#(#tier_names),*], #aliases, name)
                .map(Self::__tiergate_at)
        }

        /// Returns the tier with this rank.
        ///
        /// # Errors
        /// Fails if no tier has this rank. The error lists every rank.
        pub fn #from_rank(
            rank: ::core::primitive::u32,
        ) -> ::core::result::Result<Self, #krate::UnknownTier> {
            #krate::__private::index_of_rank(
                &[#(#tier_names),*],
                &[#(Self::#variant_idents as ::core::primitive::u32),*],
                rank,
            )
            .map(Self::__tiergate_at)
        }
    }
}

fn item_name(name: &str, tier_enum: &Ident) -> Ident {
    Ident::new(name, definition_span(tier_enum.span()))
}
