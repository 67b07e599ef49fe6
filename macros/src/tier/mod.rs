//! `derive(Tier)`: parses the enum, validates names and ranks, and implements the trait.

mod fallback;
mod inherent_items;
mod model;
mod options;
mod ranks;
mod trait_impl;
mod validate;

use self::model::TierModel;
use crate::syntax::error_collector::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn derive_tier(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = TierModel::parse(&input, &mut errors);
    validate::validate_tier(&input, &model, &mut errors);
    let mut tokens = if errors.is_empty() {
        let mut tier_items = trait_impl::trait_impl(&model);
        if !model.trait_only {
            tier_items.extend(inherent_items::inherent_items(&model));
        }
        tier_items
    } else {
        fallback::impl_without_tiers(&model)
    };
    tokens.extend(errors.into_tokens());
    tokens
}
