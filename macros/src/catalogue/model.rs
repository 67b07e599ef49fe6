//! The parsed `#[catalogue(…)]` attribute of a type that can implement `Catalogue`.

use super::options::CatalogueOptions;
use crate::limits::option::PolicyOption;
use crate::syntax::option_parser::Once;
use crate::syntax::{crate_path, deprecation};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, DeriveInput, Path, Type, TypePath};

/// A catalogue whose options contain a tier enum and whose type isn't generic.
pub(super) struct CatalogueModel<'a> {
    pub(super) ident: Ident,
    pub(super) tier: &'a Type,
    pub(super) state: Option<&'a Type>,
    pub(super) krate: TokenStream,
    pub(super) handlers: Vec<Path>,
    pub(super) events: Vec<Type>,
    pub(super) include: Vec<Path>,
    pub(super) quota: Option<&'a PolicyOption>,
    /// The user's `#[allow(deprecated)]` attributes. The generated code needs these attributes if the
    /// tier enum or the state is deprecated.
    pub(super) allow_deprecated: Vec<&'a Attribute>,
    /// Whether the catalogue has a list of handlers or events. A catalogue without a list contains every
    /// handler and every event in the registry.
    pub(super) is_listed: bool,
}

impl<'a> CatalogueModel<'a> {
    /// Returns `None` if the tier enum is missing or the type is generic. In both cases, the type can't
    /// implement `Catalogue`.
    pub(super) fn new(input: &'a DeriveInput, options: &'a CatalogueOptions) -> Option<Self> {
        let tier = options.tier.get()?;
        if !input.generics.params.is_empty() {
            return None;
        }
        let quiet_paths = |list: &Once<Vec<Path>>| {
            let paths = list.get().map_or(&[][..], Vec::as_slice);
            paths.iter().map(deprecation::quiet_path).collect()
        };
        Some(Self {
            ident: deprecation::name_of_item(&input.ident, &input.attrs),
            tier,
            // Ignores the `state` option of a catalogue without a list. Such a catalogue has no router,
            // and the validation has already reported this mistake.
            state: options.state.get().filter(|_| options.is_listed()),
            krate: crate_path::crate_path(options.crate_path.get()),
            handlers: quiet_paths(&options.handlers),
            events: quiet_types(options.events.get().map_or(&[], Vec::as_slice)),
            include: quiet_paths(&options.include),
            quota: options.quota.get(),
            allow_deprecated: deprecation::allow_deprecated_attributes(&input.attrs).collect(),
            is_listed: options.is_listed(),
        })
    }

    /// Returns the attributes for the inherent `impl` that contains `router` or `configure`. Without
    /// these attributes, Clippy would report that the function has the same name as a function of the
    /// `Catalogue` trait.
    pub(super) fn inherent_impl_attributes(&self) -> TokenStream {
        let allow_deprecated = &self.allow_deprecated;
        quote! {
            #(#allow_deprecated)*
            #[automatically_derived]
            #[allow(clippy::same_name_method)]
        }
    }
}

/// Returns the types with spans that cause no deprecation warnings.
fn quiet_types(types: &[Type]) -> Vec<Type> {
    let quiet = |listed: &Type| match listed {
        Type::Path(TypePath {
            attrs,
            qself: None,
            path,
        }) => Type::Path(TypePath {
            attrs: attrs.clone(),
            qself: None,
            path: deprecation::quiet_path(path),
        }),
        other => other.clone(),
    };
    types.iter().map(quiet).collect()
}
