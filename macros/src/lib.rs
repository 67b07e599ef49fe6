//! The macros of `tiergate`. Depend on `tiergate` instead of this crate: `tiergate` re-exports and
//! documents the macros.

mod catalogue;
mod event;
#[cfg(test)]
mod expansion;
mod feature;
mod impl_block;
mod limits;
mod link_section;
mod record;
mod requirement;
mod requires_tier;
mod route;
mod syntax;
mod tier;

use proc_macro::TokenStream;
use requirement::gate::Gate;
use requires_tier::gated_function;

/// Implements `tiergate::Tier` for an enum of unit variants. The first variant is the lowest tier.
///
/// `tiergate::Tier` documents the generated items and the options of `#[tier(…)]`.
#[proc_macro_derive(Tier, attributes(tier))]
pub fn derive_tier(input: TokenStream) -> TokenStream {
    tier::derive_tier(input.into()).into()
}

/// Implements `tiergate::Feature` for an enum of unit variants.
///
/// `tiergate::Feature` documents the generated items and the options of `#[add_on(…)]`.
#[proc_macro_derive(Feature, attributes(add_on))]
pub fn derive_feature(input: TokenStream) -> TokenStream {
    feature::derive_feature(input.into()).into()
}

/// Declares the lowest tier that may call a handler.
///
/// See `tiergate::requires_tier`.
#[proc_macro_attribute]
pub fn requires_tier(options: TokenStream, item: TokenStream) -> TokenStream {
    gated_function(Gate::Tier, options.into(), item.into()).into()
}

/// Declares the add-on that a handler requires.
///
/// See `tiergate::requires_feature`.
#[proc_macro_attribute]
pub fn requires_feature(options: TokenStream, item: TokenStream) -> TokenStream {
    gated_function(Gate::Feature, options.into(), item.into()).into()
}

/// Declares an endpoint. Only the macro `endpoint!` of `tiergate` calls this macro.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __declaration(options: TokenStream, item: TokenStream) -> TokenStream {
    gated_function(Gate::Declaration, options.into(), item.into()).into()
}

/// Implements `tiergate::Event` for a struct or an enum.
///
/// `tiergate::Event` documents the options of `#[event(…)]`.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::derive_event(input.into()).into()
}

/// Implements `tiergate::Catalogue` for a struct or an enum.
///
/// `tiergate::Catalogue` documents the options of `#[catalogue(…)]`.
#[proc_macro_derive(Catalogue, attributes(catalogue))]
pub fn derive_catalogue(input: TokenStream) -> TokenStream {
    catalogue::derive_catalogue(input.into()).into()
}

/// Allows `#[requires_tier(…)]` on the functions of an `impl`.
///
/// See `tiergate::gated`.
#[proc_macro_attribute]
pub fn gated(options: TokenStream, item: TokenStream) -> TokenStream {
    impl_block::gated(options.into(), item.into()).into()
}

/// Gives the registry's link section a unique name. Only `tiergate` itself calls this macro.
#[doc(hidden)]
#[proc_macro]
pub fn __section(items: TokenStream) -> TokenStream {
    let file = proc_macro::Span::call_site().file();
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    link_section::name_section(items.into(), &file, &version).into()
}
