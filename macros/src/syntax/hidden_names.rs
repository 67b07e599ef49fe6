//! The names of the hidden types that are generated next to handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;

/// What the hidden type of an open function of a type is named for.
pub(crate) fn open_in(of: &Ident, function: &Ident) -> Ident {
    format_ident!("open_{}_{}", of.unraw(), function.unraw())
}

/// What the hidden type of a gated function of a type is named for. Nobody looks for it by its name,
/// which only differs from those of the type's other `impl`s, of `Page<u8>` and of `Page<u16>`.
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

/// The hidden type that stands beside a handler, and carries its record. A catalogue looks for it
/// there.
pub(crate) fn hidden_type(handler: &Ident) -> Ident {
    format_ident!("__tiergate_{}", handler.unraw(), span = Span::call_site())
}
