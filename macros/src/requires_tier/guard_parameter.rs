//! The guard parameter of a gated function.

use super::annotated_function::{AnnotatedFunction, EnclosingItem};
use crate::route::framework_macro::needs_named_parameters;
use crate::syntax::crate_path::crate_path_between;
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;

/// Returns the guard parameter, such as `_: ::tiergate::Guard<__tiergate_export>`.
pub(super) fn guard_parameter(
    function: &AnnotatedFunction<'_>,
    hidden_type: &Ident,
) -> TokenStream {
    let krate = function.options.crate_path.get();
    let attributes = &function.signature.attributes;
    let is_in_impl = matches!(function.enclosing_item, EnclosingItem::ImplBlock(_));
    let guard_name = match function.options.guard.get() {
        Some(guard) => guard.clone(),
        None if is_in_impl || needs_named_parameters(attributes) => {
            Ident::new("_guard", Span::mixed_site())
        }
        None => return crate_path_between("_: ", krate, &format!("::Guard<{hidden_type}>")),
    };
    let mut guard_tokens = guard_name.into_token_stream();
    guard_tokens.extend(crate_path_between(
        ": ",
        krate,
        &format!("::Guard<{hidden_type}>"),
    ));
    guard_tokens
}
