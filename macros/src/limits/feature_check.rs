//! Checks that the `quota` feature of `tiergate` is enabled. Without this feature, no code would enforce a
//! limit.

use crate::syntax::spans::error_span;
use crate::syntax::variants::located_at;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

/// Returns a check for the option with this key.
pub(crate) fn feature_check(key: &Ident, krate: &TokenStream) -> TokenStream {
    let key_span = error_span(key.span());
    let key = Ident::new(&key.to_string(), key_span);
    let check = quote_spanned!(key_span=> #krate::__needs_quota! { #key });
    // If the check fails, the compiler reports the error at the whole path of the check macro. Every token
    // of this path therefore needs the span of the option.
    located_at(&check, key_span)
}
