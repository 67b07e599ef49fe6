//! `derive(Catalogue)`: parses and validates the lists, and implements the trait for them or for the
//! registry.

mod actix_web;
mod axum;
mod expand;
mod fallback;
mod locals;
mod model;
mod module;
mod options;
mod validate;

use self::model::Model;
use self::options::Options;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let options = Options::parse(&input, &mut errors);
    validate::validate(&input, &options, &mut errors);
    let mut tokens = match Model::new(&input, &options) {
        Some(model) if errors.is_empty() => expand::expand(&model),
        Some(model) => fallback::expand(&model),
        None => TokenStream::new(),
    };
    tokens.extend(errors.into_tokens());
    tokens
}
