//! The names of the hidden types that the macros generate next to handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;

/// Returns the base of the hidden type's name for a public function in an `impl`. Catalogues look up this
/// hidden type by its name.
pub(crate) fn public_function_base(self_type: &Ident, function: &Ident) -> Ident {
    format_ident!("public_{}_{}", self_type.unraw(), function.unraw())
}

/// Returns the base of the hidden type's name for a gated function in an `impl`.
///
/// No code looks up this hidden type by name, so the name may contain a hash. The hash of the block's
/// head keeps the names unique if, for example, `Page<u8>` and `Page<u16>` each have a function with
/// this name.
pub(crate) fn gated_function_base(
    self_type: &Ident,
    impl_head: &TokenStream,
    function: &Ident,
) -> Ident {
    let name = format_ident!("{}_{}", self_type.unraw(), function.unraw());
    // A plain `impl Page` needs no hash.
    if impl_head.clone().into_iter().count() == 2 {
        return name;
    }
    // FNV-1a, which gives the same hash in each build.
    let hash = impl_head
        .to_string()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    format_ident!("{name}_{hash:08x}")
}

/// Returns the name of the hidden type next to a handler. The hidden type carries the endpoint's record.
pub(crate) fn hidden_type_name(base: &Ident) -> Ident {
    format_ident!("__tiergate_{}", base.unraw(), span = Span::call_site())
}
