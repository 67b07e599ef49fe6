//! The place of an annotated function: a module or an `impl` block.

use crate::route::prefix::PrefixPath;
use proc_macro2::{Ident, TokenStream};
use syn::Attribute;

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
