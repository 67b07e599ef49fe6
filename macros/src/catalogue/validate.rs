//! Validates a catalogue and its options.

use super::options::CatalogueOptions;
use crate::syntax::error_collector::Errors;
use quote::ToTokens;
use syn::{DeriveInput, Path, Type, TypePath};

pub(super) fn validate_catalogue(
    input: &DeriveInput,
    options: &CatalogueOptions,
    errors: &mut Errors,
) {
    if !input.generics.params.is_empty() {
        errors.at(
            &input.generics,
            "a catalogue must not have generic parameters; remove them",
        );
    }
    let mut attributes = input.attrs.iter();
    let has_catalogue_attribute =
        attributes.any(|attribute| attribute.path().is_ident("catalogue"));
    if options.tier.get().is_none() && (errors.is_empty() || !has_catalogue_attribute) {
        errors.at(
            &input.ident,
            "the tier enum is missing; add `#[catalogue(tier = Tier)]` with your enum",
        );
    }
    for handler in options.handlers.get().into_iter().flatten() {
        check_not_an_event(handler, errors);
    }
    for list in [&options.handlers, &options.include] {
        let paths = list.get().map_or(&[][..], Vec::as_slice);
        check_no_duplicates(paths, last_ident, errors);
    }
    let events = options.events.get().map_or(&[][..], Vec::as_slice);
    check_no_duplicates(events, |event| event.to_token_stream().to_string(), errors);
    for event in events {
        check_not_a_handler(event, errors);
    }
    if let Some(state) = options.state.get()
        && !options.is_listed()
        && errors.is_empty()
    {
        errors.at(
            state,
            "`state` needs a list of handlers; add `handlers(…)`, or remove `state`",
        );
    }
    // A catalogue can't include itself. The compiler's own message about such a cycle would be much
    // longer.
    for included in options.include.get().into_iter().flatten() {
        if included.is_ident(&input.ident) || included.is_ident("Self") {
            errors.at(
                included,
                format!("a catalogue can't include itself; remove `{}`", input.ident),
            );
        }
    }
}

/// Checks that no two entries of a list have the same tokens. `name_of` returns the name of an entry in an
/// error.
fn check_no_duplicates<T: ToTokens>(
    entries: &[T],
    name_of: impl Fn(&T) -> String,
    errors: &mut Errors,
) {
    let mut seen_entries = std::collections::HashSet::new();
    for entry in entries {
        if !seen_entries.insert(entry.to_token_stream().to_string()) {
            let name = name_of(entry);
            errors.at(
                entry,
                format!("`{name}` is listed twice; remove one of them"),
            );
        }
    }
}

/// Reports a handler in `events(…)`. The compiler's message would only state that the handler isn't a type.
fn check_not_a_handler(event: &Type, errors: &mut Errors) {
    let Type::Path(TypePath { path, .. }) = event else {
        return;
    };
    let name = last_ident(path);
    if name.starts_with(char::is_lowercase) {
        errors.at(
            event,
            format!("events are types whose names start with an upper-case letter; list a handler such as `{name}` in `handlers(…)`"),
        );
    }
}

/// Reports an event in `handlers(…)`. The compiler's message would suggest a value of the event's type.
fn check_not_an_event(handler: &Path, errors: &mut Errors) {
    let name = last_ident(handler);
    let is_camel_case = name.starts_with(char::is_uppercase)
        && name.contains(char::is_lowercase)
        && !name.contains('_');
    if is_camel_case {
        errors.at(
            handler,
            format!("`handlers(…)` lists functions, but `{name}` is named like a type; move an event to `events(…)`, or give the handler a name in snake case"),
        );
    }
}

fn last_ident(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}
