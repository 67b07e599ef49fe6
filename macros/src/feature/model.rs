//! A feature enum with its options, as written.

use super::key::default_key;
use super::options::{EnumOptions, parse_variant_options};
use crate::syntax::crate_path;
use crate::syntax::deprecation;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_parser::text_token;
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, LitStr};

pub(super) struct FeatureModel<'a> {
    pub(super) ident: Ident,
    /// The enum's variants. Empty if the item isn't an enum.
    pub(super) variants: Vec<Variant<'a>>,
    pub(super) krate: TokenStream,
    pub(super) trait_only: bool,
    pub(super) is_generic: bool,
}

pub(super) struct Variant<'a> {
    pub(super) ident: Ident,
    /// The value of the `key` option, or the variant's name in snake case.
    pub(super) key: String,
    /// The value of the `name` option, or the variant's name.
    pub(super) name: String,
    key_option: Option<LitStr>,
    name_option: Option<LitStr>,
    pub(super) fields: &'a Fields,
    pub(super) discriminant: Option<&'a Expr>,
}

impl<'a> FeatureModel<'a> {
    pub(super) fn parse(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let options = EnumOptions::parse(&input.attrs, errors);
        let mut variants = Vec::new();
        if let Data::Enum(data) = &input.data {
            for variant in &data.variants {
                variants.push(Variant::parse(variant, &input.attrs, errors));
            }
        }
        Self {
            ident: deprecation::name_of_item(&input.ident, &input.attrs),
            variants,
            krate: crate_path::crate_path(options.crate_path.get()),
            trait_only: options.trait_only,
            is_generic: !input.generics.params.is_empty(),
        }
    }
}

impl<'a> Variant<'a> {
    fn parse(
        variant: &'a syn::Variant,
        enum_attributes: &[Attribute],
        errors: &mut Errors,
    ) -> Self {
        let options = parse_variant_options(&variant.attrs, errors);
        let key_option = options.key.into_inner();
        let name_option = options.name.into_inner();
        let written_key = key_option.as_ref().map(LitStr::value);
        let written_name = name_option.as_ref().map(LitStr::value);
        Self {
            ident: deprecation::name_of_variant(&variant.ident, &variant.attrs, enum_attributes),
            key: written_key.unwrap_or_else(|| default_key(&variant.ident)),
            name: written_name.unwrap_or_else(|| variant.ident.unraw().to_string()),
            key_option,
            name_option,
            fields: &variant.fields,
            discriminant: variant.discriminant.as_ref().map(|(_, value)| value),
        }
    }

    /// Returns the token to which an error about the key points.
    pub(super) fn key_token(&self) -> TokenStream {
        text_token(self.key_option.as_ref(), &self.ident)
    }

    /// Returns the token to which an error about the name points.
    pub(super) fn name_token(&self) -> TokenStream {
        text_token(self.name_option.as_ref(), &self.ident)
    }
}
