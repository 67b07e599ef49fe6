//! The option `crate = path`, which every macro takes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::parse::ParseStream;

/// Parses the value of the option.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Path> {
    let at = input.span();
    Path::parse_mod_style(input)
        .map_err(|_| syn::Error::new(at, "`crate` takes the path of tiergate: `crate = path`"))
}

/// Returns the path of `tiergate` for generated code.
pub(crate) fn crate_path(given: Option<&Path>) -> TokenStream {
    match given {
        Some(path) => quote!(#path),
        None => quote!(::tiergate),
    }
}
