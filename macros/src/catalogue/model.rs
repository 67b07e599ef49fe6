//! A catalogue that can implement the trait.

use super::options::Options;
use crate::syntax::option_list::Once;
use crate::syntax::{crate_path, deprecation};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Path, Type};

/// A catalogue with a tier enum.
pub(super) struct Model<'a> {
    pub(super) ident: Ident,
    pub(super) tier: &'a Type,
    pub(super) state: Option<&'a Type>,
    pub(super) krate: TokenStream,
    pub(super) handlers: Vec<Path>,
    pub(super) include: Vec<Path>,
    /// The user's `#[allow(deprecated)]` attributes. The tier enum or the state may be deprecated.
    pub(super) allows: Vec<&'a Attribute>,
    /// Whether the catalogue has a list. Otherwise it contains the whole registry.
    pub(super) is_listed: bool,
}

impl<'a> Model<'a> {
    /// Returns `None` if no trait can be implemented: without a tier enum, or for a generic type.
    pub(super) fn new(input: &'a DeriveInput, options: &'a Options) -> Option<Self> {
        let tier = options.tier.get()?;
        if !input.generics.params.is_empty() {
            return None;
        }
        let quiet = |list: &Once<Vec<Path>>| {
            let paths = list.get().map_or(&[][..], Vec::as_slice);
            paths.iter().map(deprecation::quiet_path).collect()
        };
        Some(Self {
            ident: deprecation::name_of_item(&input.ident, &input.attrs),
            tier,
            // Without a list there is no router, and the state is an error.
            state: options.state.get().filter(|_| options.is_listed()),
            krate: crate_path::crate_path(options.crate_path.get()),
            handlers: quiet(&options.handlers),
            include: quiet(&options.include),
            allows: deprecation::allows_deprecated(&input.attrs).collect(),
            is_listed: options.is_listed(),
        })
    }

    /// Attributes for an `impl` with a method that the trait `Catalogue` has too, for catalogues without
    /// a list.
    pub(super) fn attributes_of_methods(&self) -> TokenStream {
        let allows = &self.allows;
        quote! {
            #(#allows)*
            #[automatically_derived]
            #[allow(clippy::same_name_method)]
        }
    }

    /// Checks that each handler has a route.
    pub(super) fn checks(&self) -> TokenStream {
        let krate = &self.krate;
        let checks = self.handlers.iter().enumerate().map(|(index, handler)| {
            quote_spanned! {handler.span()=> #krate::__private::assert_routed(ENDPOINTS[#index]); }
        });
        checks.collect()
    }
}
