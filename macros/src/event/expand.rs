//! Generates the hidden type and the record of each event, implements `EventRecords`, and adds methods to
//! the type.

use super::model::{Event, EventItem, EventType};
use crate::record::gated_macro::{GatedMacro, tier_enum_alias};
use crate::record::hidden_type::HiddenType;
use crate::record::record_fields::RecordFields;
use crate::record::summary::Documentation;
use crate::syntax::crate_path::crate_path;
use crate::syntax::deprecation::{
    allow_deprecated_attributes, is_deprecated, name_of_item, name_of_variant,
};
use crate::syntax::hidden_type_names::hidden_type_name;
use crate::syntax::spans::error_span;
use crate::syntax::variants::located_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Attribute;
use syn::ext::IdentExt;

/// Expands a type with these events. Returns nothing if there are no events.
pub(super) fn expand_events(event_type: &EventType<'_>, events: &[Event<'_>]) -> TokenStream {
    let Some((first, others)) = events.split_first() else {
        return TokenStream::new();
    };
    let expansion = Expansion {
        event_type,
        first,
        others,
        krate: crate_path(event_type.crate_path.as_ref()),
    };
    let allow_deprecated = allow_deprecated_attributes(&event_type.input.attrs);
    let hidden_items = expansion
        .events()
        .map(|event| expansion.hidden_items(event));
    let trait_impl = expansion.trait_impl();
    let methods = (!event_type.trait_only).then(|| expansion.methods());
    // Nothing outside this constant refers to the hidden types. Their names therefore can't clash with the
    // names of other items.
    quote! {
        #(#allow_deprecated)*
        const _: () = {
            #(#hidden_items)*
            #trait_impl
            #methods
        };
    }
}

struct Expansion<'a> {
    event_type: &'a EventType<'a>,
    first: &'a Event<'a>,
    others: &'a [Event<'a>],
    /// The path of `tiergate`.
    krate: TokenStream,
}

impl<'a> Expansion<'a> {
    fn events(&self) -> impl Iterator<Item = &'a Event<'a>> + use<'a> {
        [self.first].into_iter().chain(self.others)
    }

    /// Returns the name of the type for an `impl`.
    fn type_name(&self) -> Ident {
        let input = self.event_type.input;
        name_of_item(&input.ident, &input.attrs)
    }

    /// Returns the alias that refers to the tier enum of the first event.
    fn tier_enum(&self) -> Ident {
        let hidden_type = hidden_type(&self.first.item);
        let alias = tier_enum_alias(&hidden_type, &self.first.requirement.variant);
        Ident::new(&alias, Span::call_site())
    }

    /// Returns a call to the macro that expands to an event's hidden type and record.
    fn hidden_items(&self, event: &Event<'_>) -> TokenStream {
        let attributes = event.item.attributes;
        GatedMacro {
            krate: self.event_type.crate_path.as_ref(),
            hidden_type: HiddenType {
                attributes: allow_attributes_of_variant(&event.item),
                // The compiler requires that the tier enum is as visible as the event. In this check, the
                // hidden type represents the event.
                visibility: self.event_type.input.vis.to_token_stream(),
                name: &hidden_type(&event.item),
            },
            requirement: &event.requirement,
            form: quote!(Event),
            fields: RecordFields {
                name: &event.name,
                method: "EVENT",
                path: "",
                is_constrained: false,
                has_named_guard: false,
                summary: &Documentation::of(attributes).summary(),
                is_deprecated: is_deprecated(&self.event_type.input.attrs)
                    || is_deprecated(attributes),
                name_span: event.item.ident.span(),
            },
            limits: None,
        }
        .call()
    }

    fn trait_impl(&self) -> TokenStream {
        let (krate, ident) = (&self.krate, self.type_name());
        let (impl_generics, type_generics, where_clause) =
            self.event_type.input.generics.split_for_impl();
        let first_hidden = hidden_type(&self.first.item);
        let records = self.events().map(|event| self.checked_record(event));
        let record_of_self = self.record_of_self();
        quote! {
            #[automatically_derived]
            impl #impl_generics #krate::__private::EventRecords for #ident #type_generics #where_clause {
                type First = #first_hidden;
                const RECORDS: &'static [#krate::Endpoint] = &[#(#records),*];

                #[inline]
                fn record(&self) -> #krate::Endpoint {
                    #record_of_self
                }
            }
        }
    }

    /// Returns the methods that users can call without importing the trait.
    fn methods(&self) -> TokenStream {
        let (krate, ident, tier_enum) = (&self.krate, self.type_name(), self.tier_enum());
        let visibility = &self.event_type.input.vis;
        let (impl_generics, type_generics, where_clause) =
            self.event_type.input.generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics #ident #type_generics #where_clause {
                #krate::__event_methods! { [#visibility] #tier_enum }
            }
        }
    }

    fn record(&self, event: &Event<'_>) -> TokenStream {
        let (krate, hidden_type) = (&self.krate, hidden_type(&event.item));
        quote!(<#hidden_type as #krate::__private::Handler>::RECORD)
    }

    /// Returns an event's record. If the event's tier enum has a different path from the first event's, a
    /// check makes sure that both enums are the same.
    fn checked_record(&self, event: &Event<'_>) -> TokenStream {
        let (own_enum, first_enum) = (
            &event.requirement.tier_enum,
            &self.first.requirement.tier_enum,
        );
        if own_enum.to_string() == first_enum.to_string() {
            return self.record(event);
        }
        let tier_span = error_span(event.requirement.variant.span());
        let krate = located_at(&self.krate, tier_span);
        let mut hidden_type = hidden_type(&event.item);
        hidden_type.set_span(tier_span);
        let tier_enum = self.tier_enum();
        quote_spanned!(tier_span=> #krate::__private::variant_record::<#hidden_type, #tier_enum>())
    }

    /// Returns an expression for the record of `self`.
    fn record_of_self(&self) -> TokenStream {
        if self.first.item.enum_ident.is_none() {
            return self.record(self.first);
        }
        let arms = self.events().map(|event| {
            let record = self.record(event);
            let EventItem {
                ident, attributes, ..
            } = event.item;
            let variant = name_of_variant(ident, attributes, &self.event_type.input.attrs);
            quote!(Self::#variant { .. } => #record,)
        });
        quote!(match self { #(#arms)* })
    }
}

/// Returns the name of an event's hidden type.
fn hidden_type(item: &EventItem<'_>) -> Ident {
    let name = item.ident.unraw();
    hidden_type_name(&match item.enum_ident {
        Some(enum_ident) => format_ident!("event_{}_{name}", enum_ident.unraw()),
        None => format_ident!("event_{name}"),
    })
}

/// Returns the `#[allow(deprecated)]` attributes of a variant. Those of a struct or an enum apply to
/// everything that is generated.
fn allow_attributes_of_variant(item: &EventItem<'_>) -> TokenStream {
    let of_variant: &[Attribute] = match item.enum_ident {
        Some(_) => item.attributes,
        None => &[],
    };
    let attributes = allow_deprecated_attributes(of_variant);
    quote!(#(#attributes)*)
}
