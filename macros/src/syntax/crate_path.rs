//! The option `crate = path`, which every macro takes.

use super::option_list;
use super::tokens::lexed;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;
use syn::parse::ParseStream;

/// Parses the value of the option, whose key is `crate`.
pub(crate) fn parse_crate_path(input: ParseStream<'_>, key: &Ident) -> syn::Result<Path> {
    let kind = "the path of tiergate";
    option_list::value_with(input, key, "path", kind, Path::parse_mod_style)
}

/// Returns the path of `tiergate` for generated code.
pub(crate) fn crate_path(given: Option<&Path>) -> TokenStream {
    match given {
        Some(path) => quote!(#path),
        None => quote!(::tiergate),
    }
}

/// Returns the path of `tiergate` between two pieces of code.
pub(crate) fn crate_path_between(before: &str, given: Option<&Path>, after: &str) -> TokenStream {
    match given {
        None => lexed(&[before, "::tiergate", after].concat()),
        Some(path) => {
            let mut tokens = lexed(before);
            path.to_tokens(&mut tokens);
            tokens.extend(lexed(after));
            tokens
        }
    }
}
