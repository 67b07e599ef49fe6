//! A catalogue that can implement the trait.

use super::options::CatalogueOptions;
use crate::syntax::option_list::Once;
use crate::syntax::{crate_path, deprecation};
use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, DeriveInput, Path, Type};

/// A catalogue with a tier enum.
pub(super) struct CatalogueModel<'a> {
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

impl<'a> CatalogueModel<'a> {
    /// Returns `None` if no trait can be implemented: without a tier enum, or for a generic type.
    pub(super) fn new(input: &'a DeriveInput, options: &'a CatalogueOptions) -> Option<Self> {
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
}
