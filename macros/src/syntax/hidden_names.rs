//! The names of the hidden types that are generated next to handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;

/// The name that the hidden type of a public function in an `impl` is derived from. Catalogues look it up.
pub(crate) fn public_in(of: &Ident, function: &Ident) -> Ident {
    format_ident!("public_{}_{}", of.unraw(), function.unraw())
}

/// The name that the hidden type of a gated function in an `impl` is derived from.
///
/// Nothing looks the type up by name. A hash of the block's head separates the `impl`s of `Page<u8>`
/// and `Page<u16>`.
pub(crate) fn gated_in(of: &Ident, head: &TokenStream, function: &Ident) -> Ident {
    let name = format_ident!("{}_{}", of.unraw(), function.unraw());
    if head.clone().into_iter().count() == 2 {
        return name;
    }
    // FNV-1a: the same in each build.
    let hash = head
        .to_string()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    format_ident!("{name}_{hash:08x}")
}

/// The hidden type next to a handler, which carries the record of its endpoint. Catalogues look it up
/// there.
pub(crate) fn hidden_type(handler: &Ident) -> Ident {
    format_ident!("__tiergate_{}", handler.unraw(), span = Span::call_site())
}
