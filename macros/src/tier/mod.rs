//! `derive(Tier)`: parses the enum, validates names and ranks, and implements the trait.

mod expand;
mod fallback;
mod model;
mod options;
mod validate;

use self::model::Model;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = Model::parse(&input, &mut errors);
    validate::validate(&input, &model, &mut errors);
    let mut tokens = if errors.is_empty() {
        expand::expand(&model)
    } else {
        fallback::expand(&model)
    };
    tokens.extend(errors.into_tokens());
    tokens
}
