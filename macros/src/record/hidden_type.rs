//! The input of the macros that expand to a hidden type, which has the record.

use crate::syntax::tokens::in_brackets;
use proc_macro2::{Ident, TokenStream, TokenTree};

pub(crate) struct HiddenType<'a> {
    /// The type's `#[cfg]` and `#[allow]` attributes.
    pub(crate) attributes: TokenStream,
    pub(crate) visibility: TokenStream,
    pub(crate) name: &'a Ident,
}

impl HiddenType<'_> {
    /// Returns the first tokens of a call to `__gated!`, `__gated_by_feature!` or `__public!`.
    pub(crate) fn into_tokens(self) -> Vec<TokenTree> {
        vec![
            in_brackets(self.attributes),
            in_brackets(self.visibility),
            self.name.clone().into(),
        ]
    }
}
