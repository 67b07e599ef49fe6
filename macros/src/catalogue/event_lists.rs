//! Generates the list of a catalogue's events.

use super::model::CatalogueModel;
use crate::syntax::spans::{error_span, local_variable, located_variable};
use crate::syntax::variants::located_at;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Returns the items that define the catalogue's events, and the value of `Listed::EVENTS`. The value
/// refers to the items, so both must be in the same scope.
pub(super) fn event_lists(model: &CatalogueModel<'_>) -> (TokenStream, TokenStream) {
    let CatalogueModel {
        tier,
        krate,
        events,
        include,
        ..
    } = model;
    if events.is_empty() && include.is_empty() {
        return (TokenStream::new(), quote!(&[]));
    }
    let own_events = events.iter().map(|event| {
        let event_span = error_span(event.span());
        let krate = located_at(krate, event_span);
        quote_spanned!(event_span=> #krate::__private::events_of::<#event, #tier>())
    });
    let included_events = include.iter().map(|catalogue| {
        quote_spanned! {error_span(catalogue.span())=>
            <#catalogue as #krate::__private::Listed<#tier>>::EVENTS
        }
    });
    let names = local_variable("__tiergate_names");
    let own_spans = events.iter().map(Spanned::span);
    let spans = own_spans.chain(include.iter().map(Spanned::span));
    let add_names = spans.enumerate().map(|(index, entry_span)| {
        let names = located_variable(&names, entry_span);
        quote_spanned!(error_span(entry_span)=> #names.add(#index);)
    });
    let items = quote! {
        const EVENT_LISTS: #krate::__private::EventLists = &[#(#own_events,)* #(#included_events,)*];
        const EVENT_COUNT: ::core::primitive::usize = #krate::__private::event_count(EVENT_LISTS);
        static EVENTS: [#krate::Endpoint; EVENT_COUNT] =
            #krate::__private::joined_events::<{ EVENT_COUNT }>(EVENT_LISTS);
        const _: () = {
            let mut #names = #krate::__private::EventNames::<
                { EVENT_COUNT },
                { #krate::__private::slots(EVENT_COUNT) },
            >::new(&EVENTS, EVENT_LISTS);
            #(#add_names)*
        };
    };
    (items, quote!(&EVENTS))
}
