//! `derive(Feature)`: parses the enum, validates keys and names, and implements the trait.

mod fallback;
mod inherent_items;
pub(crate) mod key;
mod model;
mod options;
mod trait_impl;
mod validate;

use self::model::FeatureModel;
use crate::syntax::error_collector::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn derive_feature(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = FeatureModel::parse(&input, &mut errors);
    validate::validate_feature(&input, &model, &mut errors);
    let mut tokens = if errors.is_empty() {
        let mut feature_items = trait_impl::trait_impl(&model);
        if !model.trait_only {
            feature_items.extend(inherent_items::inherent_items(&model));
        }
        feature_items
    } else {
        fallback::impl_for_invalid_enum(&model)
    };
    tokens.extend(errors.into_tokens());
    tokens
}
