//! The parsed input of the attribute: options, signature and place.

use super::options::Options;
use super::signature::Signature;
use crate::route::prefix_path::PrefixPath;
use crate::syntax::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use syn::Attribute;
use syn::ext::IdentExt;

/// An annotated function.
pub(super) struct Input<'a> {
    pub(super) options: Options,
    pub(super) signature: Signature,
    pub(super) place: &'a Place<'a>,
}

/// Where the function is.
pub(crate) enum Place<'a> {
    /// In a module or a function, or in an `impl` without `#[gated]`.
    Module,
    /// In an `impl` with `#[gated]`.
    Impl(ImplBlock<'a>),
}

/// What a function needs to know about its `impl` block.
pub(crate) struct ImplBlock<'a> {
    /// The last segment of the type's path.
    pub(crate) self_type: &'a Ident,
    /// Everything in front of the braces.
    pub(crate) head: &'a TokenStream,
    /// The conditions under which the block exists.
    pub(crate) cfgs: &'a [Attribute],
    pub(crate) prefix_path: &'a PrefixPath,
}

impl<'a> Input<'a> {
    /// Parses the attribute and its function. Returns `None` if the item isn't a function.
    pub(super) fn parse(
        options: TokenStream,
        function: TokenStream,
        place: &'a Place<'a>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let options = Options::parse(options, errors);
        let mut signature = match Signature::parse(function) {
            Ok(signature) => signature,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        if let Place::Impl(block) = place {
            signature.attributes.extend(block.cfgs.iter().cloned());
        }
        Some(Self {
            options,
            signature,
            place,
        })
    }

    /// Returns the endpoint's name without the option `name`.
    pub(super) fn default_name(&self) -> String {
        self.signature.name.unraw().to_string()
    }
}
