//! Implements the trait for a valid enum.

use super::model::{Model, Variant, literal};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

pub(super) fn expand(model: &Model<'_>) -> TokenStream {
    model.expand()
}

impl Model<'_> {
    fn expand(&self) -> TokenStream {
        let Self {
            ident,
            variants,
            krate,
            ..
        } = self;
        let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
        let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
        let checks = self.const_checks();
        let inherent = (!self.trait_only).then(|| self.inherent());
        let name = self.name_of_self();
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
            #inherent
        }
    }

    /// Lets the compiler compare ranks that are written as expressions.
    fn const_checks(&self) -> TokenStream {
        let is_literal = |variant: &Variant<'_>| {
            variant
                .discriminant
                .is_none_or(|rank| literal(rank).is_some())
        };
        if self.variants.iter().all(is_literal) {
            return TokenStream::new();
        }
        let place = |variant: &Variant<'_>| match variant.discriminant {
            Some(expression) => expression.span(),
            None => variant.ident.span(),
        };
        let in_range = self.variants.iter().map(|variant| {
            let ident = &variant.ident;
            let message = format!(
                "the rank of `{ident}` must be between 0 and {}; write another number",
                u32::MAX
            );
            quote_spanned! {place(variant)=>
                const _: () = ::core::assert!(
                    0 <= __Self::#ident as ::core::primitive::i128
                        && __Self::#ident as ::core::primitive::i128
                            <= ::core::primitive::u32::MAX as ::core::primitive::i128,
                    #message
                );
            }
        });
        let rising = self.variants.windows(2).map(|pair| {
            let (low, high) = (&pair[0].ident, &pair[1].ident);
            let message = format!(
                "the rank of `{high}` must be higher than the rank of `{low}`; write the tiers in ascending order"
            );
            quote_spanned! {place(&pair[1])=>
                const _: () = ::core::assert!(
                    (__Self::#low as ::core::primitive::i128)
                        < (__Self::#high as ::core::primitive::i128),
                    #message
                );
            }
        });
        quote!(#(#in_range)* #(#rising)*)
    }

    // Not an index into `NAMES`, because ranks may have gaps.
    fn name_of_self(&self) -> TokenStream {
        let idents = self.variants.iter().map(|variant| &variant.ident);
        let names = self.variants.iter().map(|variant| &variant.name);
        quote!(match self { #(Self::#idents => #names,)* })
    }

    /// The inherent `from_name` and `from_rank`.
    fn lookups(&self) -> TokenStream {
        let Self {
            variants, krate, ..
        } = self;
        let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
        let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
        quote! {
            /// Returns the tier with this name, in upper or lower case.
            ///
            /// # Errors
            /// Fails if no tier has this name. The error lists every name.
            pub fn from_name(
                name: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #krate::UnknownTier> {
                #krate::__private::index_of_name(&[#(#names),*], name).map(Self::__tiergate_at)
            }

            /// Returns the tier with this rank.
            ///
            /// # Errors
            /// Fails if no tier has this rank. The error lists every rank.
            pub fn from_rank(
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

    /// The inherent items. They work without an import of the trait, and in constants.
    fn inherent(&self) -> TokenStream {
        let Self {
            ident,
            variants,
            krate,
            ..
        } = self;
        let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
        let name = self.name_of_self();
        let lookups = self.lookups();
        quote! {
            // The trait has methods with the same names, for generic code.
            #[automatically_derived]
            #[allow(clippy::same_name_method)]
            impl #ident {
                /// Every tier, lowest first.
                pub const ALL: &'static [Self] = &[#(Self::#idents),*];

                /// Returns the tier's name, as customers see it.
                #[inline]
                #[must_use]
                pub const fn name(self) -> &'static ::core::primitive::str {
                    #name
                }

                /// Returns the tier's rank. Higher tiers have higher ranks.
                #[inline]
                #[must_use]
                pub const fn rank(self) -> ::core::primitive::u32 {
                    self as ::core::primitive::u32
                }

                /// Returns whether this tier includes the access of `required`.
                #[inline]
                #[must_use]
                pub const fn allows(self, required: Self) -> ::core::primitive::bool {
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
}
