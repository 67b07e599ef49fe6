//! Validates a catalogue and its options.

use super::options::CatalogueOptions;
use crate::syntax::error_collector::Errors;
use quote::ToTokens;
use syn::{DeriveInput, Path};

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
    for list in [&options.handlers, &options.include] {
        check_no_duplicates(list.get().map_or(&[], Vec::as_slice), errors);
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

fn check_no_duplicates(listed_paths: &[Path], errors: &mut Errors) {
    let mut seen_paths = std::collections::HashSet::new();
    for path in listed_paths {
        let path_text = path.to_token_stream().to_string();
        if !seen_paths.insert(path_text) {
            errors.at(
                path,
                format!("`{}` is listed twice; remove one of them", last_ident(path)),
            );
        }
    }
}

fn last_ident(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}
