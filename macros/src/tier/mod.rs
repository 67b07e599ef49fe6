//! `derive(Tier)`: read the enum, check the order of its ranks, implement the trait.

mod options;

use self::options::{EnumOptions, variant_name};
use crate::syntax::crate_path;
use crate::syntax::deprecation;
use crate::syntax::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Fields, Lit, LitStr};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = Model::read(&input, &mut errors);
    let mut tokens = model.expand(errors.is_empty());
    tokens.extend(errors.into_tokens());
    tokens
}

struct Variant<'a> {
    ident: Ident,
    name: String,
    discriminant: Option<&'a Expr>,
}

struct Model<'a> {
    ident: Ident,
    /// Whether the enum is deprecated, and so each variant.
    is_deprecated: bool,
    variants: Vec<Variant<'a>>,
    krate: TokenStream,
    trait_only: bool,
    is_generic: bool,
}

impl<'a> Model<'a> {
    /// The enum as far as it could be understood. What could not is in `errors`.
    fn read(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let options = EnumOptions::parse(&input.attrs, errors);
        let mut model = Self {
            ident: deprecation::name_of_item(&input.ident, &input.attrs),
            is_deprecated: deprecation::is_deprecated(&input.attrs),
            variants: Vec::new(),
            krate: crate_path::crate_path(options.crate_path.get()),
            trait_only: options.trait_only,
            is_generic: !input.generics.params.is_empty(),
        };
        if !input.generics.params.is_empty() {
            errors.at(
                &input.generics,
                "a tier enum has no generic parameters; remove them",
            );
        }
        match &input.data {
            Data::Enum(data) => {
                for variant in &data.variants {
                    model.read_variant(variant, errors);
                }
                if data.variants.is_empty() {
                    errors.at(
                        &input.ident,
                        format!(
                            "`{}` has no tiers; write one variant for each, the lowest first",
                            input.ident
                        ),
                    );
                }
            }
            Data::Struct(data) => errors.at(
                data.struct_token,
                format!("`Tier` is derived for an enum of unit variants, the lowest tier first: `enum {} {{ Free, Plus }}`", input.ident),
            ),
            Data::Union(data) => errors.at(
                data.union_token,
                "`Tier` is derived for an enum of unit variants, the lowest tier first",
            ),
        }
        model.check_literals(errors);
        model
    }

    fn read_variant(&mut self, variant: &'a syn::Variant, errors: &mut Errors) {
        let name = variant_name(&variant.attrs, errors);
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(
                &variant.fields,
                format!(
                    "a tier is a bare name; remove the fields of `{}`",
                    variant.ident
                ),
            );
        }
        let renamed = name.as_ref().map(LitStr::value);
        let name_of = renamed.unwrap_or_else(|| variant.ident.unraw().to_string());
        let same = self.variants.iter().find(|other| {
            // Two variants of one identifier are the compiler's own error.
            other.ident != variant.ident && other.name.to_lowercase() == name_of.to_lowercase()
        });
        if let Some(other) = same {
            let message = format!(
                "the tiers `{}` and `{}` have one name, \"{name_of}\" (names are compared in any case); give each its own",
                other.ident, variant.ident
            );
            match &name {
                Some(name) => errors.at(name, message),
                None => errors.at(&variant.ident, message),
            }
        }
        self.variants.push(Variant {
            ident: if self.is_deprecated {
                deprecation::quiet(&variant.ident)
            } else {
                deprecation::name_of_item(&variant.ident, &variant.attrs)
            },
            name: name_of,
            discriminant: variant.discriminant.as_ref().map(|(_, value)| value),
        });
    }

    /// Ranks written as numbers are checked here, where the error can stand on the number.
    fn check_literals(&self, errors: &mut Errors) {
        let mut last: Option<i128> = None;
        for variant in &self.variants {
            let (rank, at) = match variant.discriminant {
                None => match last {
                    Some(last) => (last + 1, None),
                    None if std::ptr::eq(variant, &raw const self.variants[0]) => (0, None),
                    None => return,
                },
                Some(expression) => match literal(expression) {
                    Some(rank) => (rank, Some(expression)),
                    None => return,
                },
            };
            let wrong = match last {
                _ if !(0..=i128::from(u32::MAX)).contains(&rank) => {
                    Some(format!("a rank lies between 0 and {}", u32::MAX))
                }
                // Equal discriminants are the compiler's own error.
                Some(last) if rank < last => Some(format!(
                    "the rank {rank} is lower than the {last} before it; tiers are written lowest first"
                )),
                _ => None,
            };
            if let Some(message) = wrong {
                match at {
                    Some(expression) => errors.at(expression, message),
                    None => errors.at(&variant.ident, message),
                }
                return;
            }
            last = Some(rank);
        }
    }

    /// Ranks written as expressions can only be compared by the compiler.
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
                "the rank of `{ident}` does not lie between 0 and {}",
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
                "the rank of `{high}` is not above that of `{low}`; tiers are written lowest first"
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

    fn expand(&self, is_valid: bool) -> TokenStream {
        if is_valid {
            self.expand_valid()
        } else {
            self.expand_invalid()
        }
    }

    /// An impl that compiles whatever the enum is, so that what uses it does not complain a second
    /// time.
    fn expand_invalid(&self) -> TokenStream {
        let Self { ident, krate, .. } = self;
        if self.is_generic {
            return TokenStream::new();
        }
        quote! {
            #[automatically_derived]
            impl #krate::__private::TierEnum for #ident {
                const VARIANTS: &'static [Self] = &[];
                const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[];
                const DISCRIMINANTS: &'static [::core::primitive::u32] = &[];
                fn variant_name(self) -> &'static ::core::primitive::str { "" }
                fn discriminant(self) -> ::core::primitive::u32 { 0 }
            }
        }
    }

    fn expand_valid(&self) -> TokenStream {
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
                    // Not by indexing `ALL`: an enum that lacks `Copy` should be one error.
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

    // A match, and not an index into `NAMES`, as ranks may have gaps.
    fn name_of_self(&self) -> TokenStream {
        let idents = self.variants.iter().map(|variant| &variant.ident);
        let names = self.variants.iter().map(|variant| &variant.name);
        quote!(match self { #(Self::#idents => #names,)* })
    }

    /// `from_name` and `from_rank`, as the enum's own.
    fn lookups(&self) -> TokenStream {
        let Self {
            variants, krate, ..
        } = self;
        let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
        let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
        quote! {
            /// The tier of this name, in upper or lower case.
            ///
            /// # Errors
            /// An error that lists every name, if no tier has this one.
            pub fn from_name(
                name: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #krate::UnknownTier> {
                #krate::__private::index_of_name(&[#(#names),*], name).map(Self::__tiergate_at)
            }

            /// The tier of this rank.
            ///
            /// # Errors
            /// An error that lists every rank, if no tier has this one.
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

    /// What makes the enum usable without an import of the trait, and in `const`.
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
            // The trait has the same methods for generic code.
            #[automatically_derived]
            #[allow(clippy::same_name_method)]
            impl #ident {
                /// Every tier, the lowest first.
                pub const ALL: &'static [Self] = &[#(Self::#idents),*];

                /// The tier's name, as customers read it.
                #[inline]
                #[must_use]
                pub const fn name(self) -> &'static ::core::primitive::str {
                    #name
                }

                /// The tier's rank: a higher tier has a higher one.
                #[inline]
                #[must_use]
                pub const fn rank(self) -> ::core::primitive::u32 {
                    self as ::core::primitive::u32
                }

                /// Whether this tier may do what `required` may do.
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

/// The value of `3`, `-3` or `(3)`.
fn literal(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => {
            literal(&unary.expr).map(|number| -number)
        }
        Expr::Paren(inner) => literal(&inner.expr),
        Expr::Group(inner) => literal(&inner.expr),
        _ => None,
    }
}
