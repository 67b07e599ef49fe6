//! The inherent items of a valid enum: `ALL`, `name`, `rank`, `allows`, `from_name` and `from_rank`.

use super::model::TierModel;
use super::trait_impl::match_name;
use crate::syntax::editor_spans::definition_span;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Writes the inherent items and the conversions. They work without an import of the trait, and the
/// inherent items also in constants.
pub(super) fn inherent_items(model: &TierModel<'_>) -> TokenStream {
    let TierModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let name = match_name(model);
    let lookups = lookups(model);
    let [all, name_of, rank, allows] =
        ["ALL", "name", "rank", "allows"].map(|name| item_name(name, ident));
    quote! {
        // The trait has methods with the same names, for generic code.
        #[automatically_derived]
        #[allow(clippy::same_name_method)]
        impl #ident {
            /// Every tier, lowest first.
            pub const #all: &'static [Self] = &[#(Self::#idents),*];

            /// Returns the tier's name, as customers see it.
            #[inline]
            #[must_use]
            pub const fn #name_of(self) -> &'static ::core::primitive::str {
                #name
            }

            /// Returns the tier's rank. Higher tiers have higher ranks.
            #[inline]
            #[must_use]
            pub const fn #rank(self) -> ::core::primitive::u32 {
                self as ::core::primitive::u32
            }

            /// Returns whether this tier includes the access of `required`.
            #[inline]
            #[must_use]
            pub const fn #allows(self, required: Self) -> ::core::primitive::bool {
                self as ::core::primitive::u32 >= required as ::core::primitive::u32
            }

            #lookups
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

/// The inherent `from_name` and `from_rank`.
fn lookups(model: &TierModel<'_>) -> TokenStream {
    let TierModel {
        ident,
        variants,
        krate,
        ..
    } = model;
    let [from_name, from_rank] = ["from_name", "from_rank"].map(|name| item_name(name, ident));
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
    quote! {
        /// Returns the tier with this name, ignoring case.
        ///
        /// # Errors
        /// Fails if no tier has this name. The error lists every name.
        pub fn #from_name(
            name: &::core::primitive::str,
        ) -> ::core::result::Result<Self, #krate::UnknownTier> {
            #krate::__private::index_of_name(&[#(#names),*], name).map(Self::__tiergate_at)
        }

        /// Returns the tier with this rank.
        ///
        /// # Errors
        /// Fails if no tier has this rank. The error lists every rank.
        pub fn #from_rank(
            rank: ::core::primitive::u32,
        ) -> ::core::result::Result<Self, #krate::UnknownTier> {
            #krate::__private::index_of_rank(
                &[#(#names),*],
                &[#(Self::#idents as ::core::primitive::u32),*],
                rank,
            )
            .map(Self::__tiergate_at)
        }
    }
}

fn item_name(name: &str, tier_enum: &Ident) -> Ident {
    Ident::new(name, definition_span(tier_enum.span()))
}
