//! The `crate = path` option, which every macro accepts.

use super::option_parser;
use super::tokens::lexed;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;
use syn::parse::ParseStream;

/// Parses the value after `crate =`.
pub(crate) fn parse_crate_path(input: ParseStream<'_>, key: &Ident) -> syn::Result<Path> {
    let expected_kind = "the path of tiergate";
    option_parser::parse_value_with(input, key, "path", expected_kind, Path::parse_mod_style)
}

/// Returns the path of `tiergate` for generated code.
pub(crate) fn crate_path(crate_option: Option<&Path>) -> TokenStream {
    match crate_option {
        Some(crate_path) => quote!(#crate_path),
        None => quote!(::tiergate),
    }
}

/// Returns generated code that consists of `before`, the path of `tiergate`, and `after`.
pub(crate) fn crate_path_between(
    before: &str,
    crate_option: Option<&Path>,
    after: &str,
) -> TokenStream {
    match crate_option {
        None => lexed(&[before, "::tiergate", after].concat()),
        Some(crate_path) => {
            let mut tokens = lexed(before);
            crate_path.to_tokens(&mut tokens);
            tokens.extend(lexed(after));
            tokens
        }
    }
}
