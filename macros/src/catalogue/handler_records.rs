//! Generates the code that looks up the record of each listed handler.

use super::handler_module::{HandlerModule, type_in_handler_path};
use super::model::CatalogueModel;
use crate::syntax::hidden_type_names::{hidden_type_name, public_function_base};
use crate::syntax::spans::{error_span, local_variable, located_variable};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// Returns the generated code that puts the record of each listed handler into the catalogue's list of
/// endpoints.
///
/// `#[requires_tier(…)]` generates a hidden type next to each handler. The code looks up this type in
/// the module that is named in the handler's path. If that module only imports the handler, it doesn't
/// contain the hidden type. In that case, the type's name refers to an alias in an outer block of the
/// generated code, and the record comes from the guard in the handler's signature.
///
/// For an associated function, such as `Dispatch::call`, this lookup finds the hidden type only if the
/// endpoint is public.
pub(super) fn put_handler_records(
    model: &CatalogueModel<'_>,
    list: &Ident,
    handlers_by_module: &[(HandlerModule, Vec<usize>)],
) -> TokenStream {
    let (krate, tier) = (&model.krate, model.tier);
    let module_blocks = handlers_by_module.iter().map(
        |(HandlerModule { path, .. }, handler_indices)| {
            let twin_variables = handler_indices.iter().map(|&index| twin_variable(index));
            let hidden_types: Vec<_> = handler_indices
                .iter()
                .map(|&index| hidden_type_of_handler(&model.handlers[index]))
                .collect();
            let mut fallback_aliases: Vec<_> = hidden_types
                .iter()
                .zip(handler_indices)
                .map(
                    |(hidden_type, &index)| match type_in_handler_path(&model.handlers[index]) {
                        Some(_) => (hidden_type, local_variable("ByMethod")),
                        None => (hidden_type, local_variable("ByGuard")),
                    },
                )
                .collect();
            fallback_aliases.sort_by_key(|(hidden_type, _)| *hidden_type);
            fallback_aliases.dedup_by_key(|(hidden_type, _)| *hidden_type);
            let fallback_aliases = fallback_aliases
                .iter()
                .map(|(hidden_type, record_source)| quote!(#hidden_type #record_source));
            let put_records = handler_indices.iter().map(|&index| {
            let handler = &model.handlers[index];
            let handler_span = handler.span();
            let list = located_variable(list, handler_span);
            let twin = located_variable(&twin_variable(index), handler_span);
            quote_spanned!(error_span(handler_span)=> #list.put(#index, #twin.record(&#handler));)
        });
            // The compiler is slow if one scope contains many variables. The variables for each module
            // are therefore in a separate block.
            quote! {
                {
                    let mut #list = #list.places();
                    let (#(#twin_variables,)*) =
                        #krate::__twins!([#path] [#tier] #(#fallback_aliases)*; #(#hidden_types)*);
                    #(#put_records)*
                }
            }
        },
    );
    quote!(#(#module_blocks)*)
}

fn twin_variable(index: usize) -> Ident {
    local_variable(&format!("twin_{index}"))
}

fn hidden_type_of_handler(handler: &Path) -> Ident {
    match (type_in_handler_path(handler), handler.segments.last()) {
        (Some(self_type), Some(function)) => {
            hidden_type_name(&public_function_base(self_type, &function.ident))
        }
        (None, Some(function)) => hidden_type_name(&function.ident),
        (_, None) => hidden_type_name(&Ident::new("_", Span::call_site())),
    }
}
