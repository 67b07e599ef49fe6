//! A parsed annotated function: its options, its signature, and the module or `impl` block around it.

use super::options::HandlerOptions;
use super::signature::Signature;
use crate::requirement::gate::Gate;
use crate::route::prefix::PrefixPath;
use crate::syntax::error_collector::Errors;
use proc_macro2::{Ident, TokenStream};
use syn::Attribute;
use syn::ext::IdentExt;

/// An annotated function that has been parsed, but not yet validated.
pub(super) struct AnnotatedFunction<'a> {
    pub(super) options: HandlerOptions,
    pub(super) signature: Signature,
    pub(super) enclosing_item: &'a EnclosingItem<'a>,
}

impl<'a> AnnotatedFunction<'a> {
    /// Parses the attribute's options and the annotated function. Returns `None` if the annotated item
    /// isn't a function.
    pub(super) fn parse(
        gate: Gate,
        options: TokenStream,
        function: TokenStream,
        enclosing_item: &'a EnclosingItem<'a>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let options = HandlerOptions::parse(gate, options, errors);
        let mut signature = match Signature::parse(function, gate) {
            Ok(signature) => signature,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        if let EnclosingItem::ImplBlock(block) = enclosing_item {
            signature.attributes.extend(block.cfgs.iter().cloned());
        }
        Some(Self {
            options,
            signature,
            enclosing_item,
        })
    }

    /// Returns the endpoint's default name, which is the function's name. The `name` option overrides
    /// this default.
    pub(super) fn default_name(&self) -> String {
        self.signature.name.unraw().to_string()
    }
}

/// The item that directly contains an annotated function.
pub(crate) enum EnclosingItem<'a> {
    /// A module or a function, or an `impl` without `#[gated]`.
    Module,
    /// An `impl` with `#[gated]`.
    ImplBlock(EnclosingBlock<'a>),
}

/// The properties of an `impl` block that the expansion of its functions depends on.
pub(crate) struct EnclosingBlock<'a> {
    /// The last segment of the path of the block's type: `Page` in `impl model::Page`.
    pub(crate) self_type: &'a Ident,
    /// The tokens in front of the block's braces, such as `impl Page<u8>`.
    pub(crate) head: &'a TokenStream,
    /// The `#[cfg]` attributes on the block.
    pub(crate) cfgs: &'a [Attribute],
    pub(crate) prefix_path: &'a PrefixPath,
}
