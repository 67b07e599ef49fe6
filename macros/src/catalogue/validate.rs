//! The rules for a catalogue.

use super::options::CatalogueOptions;
use crate::syntax::errors::Errors;
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
    let is_annotated = attributes.any(|attribute| attribute.path().is_ident("catalogue"));
    if options.tier.get().is_none() && (errors.is_empty() || !is_annotated) {
        errors.at(
            &input.ident,
            "the tier enum is missing; add `#[catalogue(tier = Tier)]` with your enum",
        );
    }
    for list in [&options.handlers, &options.include] {
        check_listed_once(list.get().map_or(&[], Vec::as_slice), errors);
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
    // The compiler reports this cycle too, but at length.
    for other in options.include.get().into_iter().flatten() {
        if other.is_ident(&input.ident) || other.is_ident("Self") {
            errors.at(
                other,
                format!("a catalogue can't include itself; remove `{}`", input.ident),
            );
        }
    }
}

fn check_listed_once(paths: &[Path], errors: &mut Errors) {
    let mut seen = std::collections::HashSet::new();
    for path in paths {
        let text = path.to_token_stream().to_string();
        if !seen.insert(text) {
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
