//! The option `crate = path`, which every macro takes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The path of the crate `tiergate` in generated code.
pub(crate) fn crate_path(given: Option<&Path>) -> TokenStream {
    match given {
        Some(path) => quote!(#path),
        None => quote!(::tiergate),
    }
}
