//! Parses the paths in `handlers(…)` and `include(…)`.

use crate::syntax::errors::Errors;
use crate::syntax::option_errors::empty_value;
use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Path, PathArguments, Token};

/// Parses the content of the parentheses after this key.
pub(super) fn parse_path_list(
    content: TokenStream,
    key: &Ident,
    errors: &mut Errors,
) -> syn::Result<Vec<Path>> {
    let is_handlers = key == "handlers";
    let paths = |input: ParseStream<'_>| {
        if is_handlers {
            Punctuated::<Path, Token![,]>::parse_terminated_with(input, parse_handler)
        } else {
            Punctuated::parse_terminated_with(input, parse_catalogue)
        }
    };
    let paths = paths.parse2(content)?;
    if paths.is_empty() {
        let (name, fix) = if is_handlers {
            (
                "handlers()",
                "add handlers, or remove `handlers()` to list every annotated handler",
            )
        } else {
            ("include()", "add catalogues, or remove `include()`")
        };
        errors.at(key, empty_value(name, fix));
    }
    Ok(paths.into_iter().collect())
}

fn parse_handler(input: ParseStream<'_>) -> syn::Result<Path> {
    let expected =
        "expected a path; write the path of a handler, such as `emergency::new_dispatch`";
    parse_path(input, expected)
}

fn parse_catalogue(input: ParseStream<'_>) -> syn::Result<Path> {
    let expected = "expected a path; write the path of a catalogue, such as `emergency::Emergency`";
    parse_path(input, expected)
}

fn parse_path(input: ParseStream<'_>, expected: &str) -> syn::Result<Path> {
    if input.peek(Token![#]) {
        return Err(input.error(
            "a list can't contain attributes; write one list for each build: `#[cfg_attr(…, catalogue(…))]`",
        ));
    }
    let mut path: Path = input.parse().map_err(|_| input.error(expected))?;
    // In an expression, `list<Db>` would be a comparison.
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            let at = arguments.lt_token.span;
            arguments.colon2_token.get_or_insert(Token![::](at));
        }
    }
    Ok(path)
}
