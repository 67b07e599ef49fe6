//! The guard in the parameters of a gated function.

use super::annotated_function::AnnotatedFunction;
use super::place::Place;
use crate::route::framework_macro::needs_names;
use crate::syntax::crate_path::crate_path_between;
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;

/// `_: ::tiergate::Guard<__tiergate_export>`.
pub(super) fn guard_parameter(function: &AnnotatedFunction<'_>, hidden: &Ident) -> TokenStream {
    let krate = function.options.crate_path.get();
    let attributes = &function.signature.attributes;
    let is_method = matches!(function.place, Place::Impl(_));
    let name = match function.options.guard.get() {
        Some(guard) => guard.clone(),
        None if is_method || needs_names(attributes) => Ident::new("_guard", Span::mixed_site()),
        None => return crate_path_between("_: ", krate, &format!("::Guard<{hidden}>")),
    };
    let mut tokens = name.into_token_stream();
    tokens.extend(crate_path_between(
        ": ",
        krate,
        &format!("::Guard<{hidden}>"),
    ));
    tokens
}
