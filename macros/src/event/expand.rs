//! Generates the hidden type and the record of each event, and implements `DerivedEvent`.

use super::model::{Event, EventItem};
use crate::record::gated_macro::{GatedMacro, tier_enum_alias};
use crate::record::hidden_type::HiddenType;
use crate::record::record_fields::RecordFields;
use crate::record::summary::Documentation;
use crate::syntax::crate_path::crate_path;
use crate::syntax::deprecation::{allow_deprecated_attributes, is_deprecated, name_of_item, quiet};
use crate::syntax::hidden_type_names::hidden_type_name;
use crate::syntax::spans::error_span;
use crate::syntax::variants::located_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Path, Visibility};

/// Implements `DerivedEvent` for the type, with these events. Returns nothing if there are no events.
pub(super) fn expand_events(
    input: &DeriveInput,
    crate_option: Option<&Path>,
    events: &[Event<'_>],
) -> TokenStream {
    let Some(first) = events.first() else {
        return TokenStream::new();
    };
    let krate = crate_path(crate_option);
    let visibility = &input.vis;
    let is_enum_deprecated = is_deprecated(&input.attrs);
    let hidden_items = events
        .iter()
        .map(|event| hidden_items(event, visibility, crate_option, is_enum_deprecated));
    let match_record = match_record(events, &krate, is_enum_deprecated);
    let first_hidden = hidden_type(&first.item);
    let alias_name = tier_enum_alias(&first_hidden, &first.requirement.variant);
    let tier_enum = Ident::new(&alias_name, Span::call_site());
    let records = events
        .iter()
        .map(|event| record(event, first, &tier_enum, &krate));
    let ident = name_of_item(&input.ident, &input.attrs);
    let allow_deprecated = allow_deprecated_attributes(&input.attrs);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    // Nothing outside this constant refers to the hidden types. Their names therefore can't clash with
    // those of other items.
    quote! {
        #(#allow_deprecated)*
        const _: () = {
            #(#hidden_items)*

            #[automatically_derived]
            impl #impl_generics #krate::__private::DerivedEvent for #ident #type_generics #where_clause {
                type Tier = <#first_hidden as #krate::__private::Handler>::Of;
                const RECORDS: &'static [#krate::Endpoint] = &[#(#records),*];

                #[inline]
                fn record(&self) -> #krate::Endpoint {
                    #match_record
                }
            }

            #[automatically_derived]
            impl #impl_generics #ident #type_generics #where_clause {
                #krate::__event_methods! { [#visibility] #tier_enum }
            }
        };
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

/// Returns a call of the macro that expands to an event's hidden type and record.
fn hidden_items(
    event: &Event<'_>,
    visibility: &Visibility,
    crate_option: Option<&Path>,
    is_enum_deprecated: bool,
) -> TokenStream {
    let attributes = event.item.attributes;
    GatedMacro {
        krate: crate_option,
        hidden_type: HiddenType {
            attributes: allow_attributes_of_variant(&event.item),
            // The compiler requires that the tier enum is as visible as the event. The hidden type stands for
            // the event in this check.
            visibility: visibility.to_token_stream(),
            name: &hidden_type(&event.item),
        },
        requirement: &event.requirement,
        form: quote!(Event),
        fields: RecordFields {
            has_named_guard: false,
            name: &event.name,
            method: "EVENT",
            path: "",
            is_constrained: false,
            summary: &Documentation::of(attributes).summary(),
            is_deprecated: is_enum_deprecated || is_deprecated(attributes),
            name_span: event.item.ident.span(),
        },
        limits: None,
    }
    .call()
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

/// Returns an event's record. If the event names another tier enum than the first event of the enum, a
/// check makes sure that both are the same. `first_alias` is the alias that refers to the enum of the first
/// event.
fn record(
    event: &Event<'_>,
    first: &Event<'_>,
    first_alias: &Ident,
    krate: &TokenStream,
) -> TokenStream {
    let mut hidden_type = hidden_type(&event.item);
    let (tier_enum, first_enum) = (&event.requirement.tier_enum, &first.requirement.tier_enum);
    if tier_enum.to_string() == first_enum.to_string() {
        return quote!(<#hidden_type as #krate::__private::Handler>::RECORD);
    }
    let tier_span = error_span(event.requirement.variant.span());
    let krate = located_at(krate, tier_span);
    hidden_type.set_span(tier_span);
    quote_spanned!(tier_span=> #krate::__private::variant_record::<#hidden_type, #first_alias>())
}

/// Returns an expression for the record of `self`.
fn match_record(
    events: &[Event<'_>],
    krate: &TokenStream,
    is_enum_deprecated: bool,
) -> TokenStream {
    let arms = events.iter().map(|event| {
        let hidden_type = hidden_type(&event.item);
        let record = quote!(<#hidden_type as #krate::__private::Handler>::RECORD);
        match event.item.enum_ident {
            Some(_) => {
                let attributes = event.item.attributes;
                let variant = if is_enum_deprecated {
                    quiet(event.item.ident)
                } else {
                    name_of_item(event.item.ident, attributes)
                };
                quote!(Self::#variant { .. } => #record,)
            }
            None => record,
        }
    });
    let arms: TokenStream = arms.collect();
    match events {
        [Event { item, .. }] if item.enum_ident.is_none() => arms,
        _ => quote!(match self { #arms }),
    }
}
