//! `derive(Catalogue)`: parses and validates the lists, and implements the trait for them or for the
//! registry.

mod actix_web_configure;
mod axum_router;
mod fallback;
mod handler_module;
mod listed;
mod local_variables;
mod model;
mod mounting;
mod options;
mod path_list;
mod records;
mod registered;
mod validate;

use self::model::CatalogueModel;
use self::options::CatalogueOptions;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn derive_catalogue(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let options = CatalogueOptions::parse(&input, &mut errors);
    validate::validate_catalogue(&input, &options, &mut errors);
    let mut tokens = match CatalogueModel::new(&input, &options) {
        Some(model) if !errors.is_empty() => fallback::fallback(&model),
        Some(model) if model.is_listed => listed::listed_catalogue(&model),
        Some(model) => registered::registered_catalogue(&model),
        None => TokenStream::new(),
    };
    tokens.extend(errors.into_tokens());
    tokens
}
