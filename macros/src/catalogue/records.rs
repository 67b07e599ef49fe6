//! Finds the records of the listed handlers.

use super::handler_module::{HandlerModule, type_of};
use super::local_variables::{local_variable, located_variable};
use super::model::CatalogueModel;
use crate::syntax::editor_spans::error_span;
use crate::syntax::hidden_names;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// Puts the record of each handler into the list.
///
/// The record comes from the hidden type next to the handler, which is looked up in the handler's
/// module. If the handler was imported there, the module has no such type. The lookup then finds the
/// alias in the outer block, and the record comes from the guard in the handler's signature.
///
/// For a function of a type, such as `Dispatch::call`, the lookup finds a hidden type only if the function
/// is public.
pub(super) fn records(
    model: &CatalogueModel<'_>,
    list: &Ident,
    modules: &[(HandlerModule, Vec<usize>)],
) -> TokenStream {
    let (krate, tier) = (&model.krate, model.tier);
    let modules = modules.iter().map(|(HandlerModule { path, .. }, indices)| {
        let variables = indices.iter().map(|&index| twin_variable(index));
        let hidden: Vec<_> = indices
            .iter()
            .map(|&index| hidden_type_of(&model.handlers[index]))
            .collect();
        let mut aliases: Vec<_> = hidden
            .iter()
            .zip(indices)
            .map(|(hidden, &index)| match type_of(&model.handlers[index]) {
                Some(_) => (hidden, local_variable("ByMethod")),
                None => (hidden, local_variable("ByGuard")),
            })
            .collect();
        aliases.sort_by_key(|(hidden, _)| *hidden);
        aliases.dedup_by_key(|(hidden, _)| *hidden);
        let aliases = aliases
            .iter()
            .map(|(hidden, otherwise)| quote!(#hidden #otherwise));
        let records = indices.iter().map(|&index| {
            let handler = &model.handlers[index];
            let at = handler.span();
            let (list, twin) = (
                located_variable(list, at),
                located_variable(&twin_variable(index), at),
            );
            quote_spanned!(error_span(at)=> #list.put(#index, #twin.record(&#handler));)
        });
        // One block for each module, because the compiler is slow with many variables in one scope.
        quote! {
            {
                let mut #list = #list.places();
                let (#(#variables,)*) =
                    #krate::__twins!([#path] [#tier] #(#aliases)*; #(#hidden)*);
                #(#records)*
            }
        }
    });
    quote!(#(#modules)*)
}

fn twin_variable(index: usize) -> Ident {
    local_variable(&format!("twin_{index}"))
}

fn hidden_type_of(handler: &Path) -> Ident {
    match (type_of(handler), handler.segments.last()) {
        (Some(of), Some(last)) => {
            hidden_names::hidden_type(&hidden_names::public_in(of, &last.ident))
        }
        (None, Some(last)) => hidden_names::hidden_type(&last.ident),
        (_, None) => hidden_names::hidden_type(&Ident::new("_", Span::call_site())),
    }
}
