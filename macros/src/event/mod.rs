//! `derive(Event)`: parses and validates the options of a struct or of an enum's variants, and generates a
//! hidden type and a record for each event.

mod expand;
mod fallback;
mod model;
mod options;
mod parse;
mod validate;

use self::model::EventType;
use self::parse::ParsedType;
use crate::syntax::error_collector::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn derive_event(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let parsed = ParsedType::parse(&input);
    let event_type = EventType {
        input: &input,
        crate_path: parsed.item.options.crate_path.get().cloned(),
        trait_only: parsed.item.options.trait_only,
    };
    let validated = validate::validate_events(parsed, &mut errors);
    let events = fallback::with_stand_ins(validated);
    let mut tokens = expand::expand_events(&event_type, &events);
    tokens.extend(errors.into_tokens());
    tokens
}
