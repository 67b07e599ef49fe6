//! `derive(Catalogue)`: parses and validates a catalogue's options, and implements the `Catalogue`
//! trait. A catalogue without a list contains every handler and every event in the registry.

mod actix_web_configure;
mod axum_router;
mod event_lists;
mod expand_listed;
mod expand_registered;
mod fallback;
mod handler_module;
mod handler_records;
mod model;
mod options;
mod quota;
mod route_table;
mod validate;

use self::model::CatalogueModel;
use self::options::CatalogueOptions;
use crate::syntax::error_collector::Errors;
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
        Some(model) if !errors.is_empty() => fallback::empty_catalogue(&model),
        Some(model) if model.is_listed => expand_listed::expand_listed_catalogue(&model),
        Some(model) => expand_registered::expand_registered_catalogue(&model),
        None => TokenStream::new(),
    };
    tokens.extend(errors.into_tokens());
    tokens
}
