//! The names of the hidden types that the macros generate next to handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;

/// For a public function in an `impl` block, returns the text from which `hidden_type_name` forms the
/// name of the function's hidden type. Catalogues look up this type by its name.
pub(crate) fn public_function_base(self_type: &Ident, function: &Ident) -> Ident {
    format_ident!("public_{}_{}", self_type.unraw(), function.unraw())
}

/// For a gated function in an `impl` block, returns the text from which `hidden_type_name` forms the
/// name of the function's hidden type.
///
/// No code looks up this type by its name, so the name may contain a hash of the tokens in front of the
/// block's braces. This hash keeps the names unique if, for example, `impl Page<u8>` and
/// `impl Page<u16>` each contain a function named `list`.
pub(crate) fn gated_function_base(
    self_type: &Ident,
    impl_head: &TokenStream,
    function: &Ident,
) -> Ident {
    let name = format_ident!("{}_{}", self_type.unraw(), function.unraw());
    // A block that starts with a plain `impl Page` needs no hash.
    if impl_head.clone().into_iter().count() == 2 {
        return name;
    }
    // This is the FNV-1a hash, which is the same in every build.
    let hash = impl_head
        .to_string()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    format_ident!("{name}_{hash:08x}")
}

/// Returns the name of the hidden type that is generated next to a handler. The hidden type carries the
/// endpoint's record.
pub(crate) fn hidden_type_name(base: &Ident) -> Ident {
    format_ident!("__tiergate_{}", base.unraw(), span = Span::call_site())
}
