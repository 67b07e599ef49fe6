//! A tier enum with its options, as written.

use super::options::{EnumOptions, parse_variant_options};
use crate::syntax::crate_path;
use crate::syntax::deprecation;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_parser::text_token;
use crate::syntax::spans::error_span;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, LitStr, Path};

pub(super) struct TierModel<'a> {
    pub(super) ident: Ident,
    /// The enum's variants. Empty if the item isn't an enum.
    pub(super) variants: Vec<Variant<'a>>,
    pub(super) krate: TokenStream,
    /// The path of the feature enum.
    features: Option<Path>,
    pub(super) trait_only: bool,
    pub(super) is_generic: bool,
}

pub(super) struct Variant<'a> {
    pub(super) ident: Ident,
    /// The tier's name: the value of the `name` option, or the variant's name.
    pub(super) tier_name: String,
    /// The value of the `name` option.
    pub(super) name_option: Option<LitStr>,
    /// The values of the `alias` options.
    pub(super) aliases: Vec<LitStr>,
    pub(super) fields: &'a Fields,
    pub(super) discriminant: Option<&'a Expr>,
}

impl<'a> TierModel<'a> {
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
            features: options.features.into_inner(),
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
        let name_option = options.name.into_inner();
        let renamed_tier = name_option.as_ref().map(LitStr::value);
        Self {
            ident: deprecation::name_of_variant(&variant.ident, &variant.attrs, enum_attributes),
            tier_name: renamed_tier.unwrap_or_else(|| variant.ident.unraw().to_string()),
            name_option,
            aliases: options.aliases,
            fields: &variant.fields,
            discriminant: variant.discriminant.as_ref().map(|(_, value)| value),
        }
    }
}

impl Variant<'_> {
    /// Returns every text that is read as this tier, with the token to which an error about the text
    /// points: the name, the variant's identifier and the aliases.
    pub(super) fn readable_names(&self) -> Vec<(String, TokenStream)> {
        let Self {
            ident, tier_name, ..
        } = self;
        let name_token = text_token(self.name_option.as_ref(), ident);
        let mut names = vec![(tier_name.clone(), name_token)];
        let identifier = ident.unraw().to_string();
        if identifier.to_lowercase() != tier_name.to_lowercase() {
            names.push((identifier, ident.to_token_stream()));
        }
        let aliases = self.aliases.iter();
        names.extend(aliases.map(|alias| (alias.value(), alias.to_token_stream())));
        names
    }
}

impl TierModel<'_> {
    /// Returns the texts besides the names that are read as tiers, each with the tier's index.
    pub(super) fn aliases(&self) -> TokenStream {
        let indexed_variants = self.variants.iter().enumerate();
        let aliases = indexed_variants.flat_map(|(index, variant)| {
            let readable_names = variant.readable_names().into_iter().skip(1);
            readable_names.map(move |(alias, _)| quote!((#alias, #index)))
        });
        quote!(&[#(#aliases),*])
    }

    /// Returns the value of `TierEnum::FeatureEnum`, and an implementation of `HasFeatures` if the enum
    /// has the `features` option. The feature enum's path occurs only once, so a wrong path causes only
    /// one error.
    pub(super) fn feature_enum(&self) -> (TokenStream, TokenStream) {
        let Self { ident, krate, .. } = self;
        let Some(path) = &self.features else {
            return (quote!(#krate::NoFeatures), TokenStream::new());
        };
        let features = deprecation::quiet_path(path);
        let path_span = error_span(path.span());
        let feature_enum =
            quote_spanned!(path_span=> <Self as #krate::__private::HasFeatures>::Features);
        let associated_type = quote_spanned!(path_span=> type Features = #features;);
        let has_features = quote! {
            #[automatically_derived]
            impl #krate::__private::HasFeatures for #ident {
                #associated_type
            }
        };
        (feature_enum, has_features)
    }
}
