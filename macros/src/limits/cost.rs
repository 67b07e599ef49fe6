//! Parses `cost = 20`.

use super::policy_text::MAX_AMOUNT;
use crate::syntax::option_messages::missing_value;
use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{LitInt, Token};

const EXAMPLE: &str = "20";

/// The units of the catalogue's quota that a call uses.
pub(crate) struct CostOption {
    pub(crate) key: Ident,
    pub(crate) units: u32,
}

impl CostOption {
    /// Parses the number after `cost =`.
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new_spanned(key, missing_value(key, EXAMPLE)));
        }
        let span = input.span();
        let number = input.parse::<LitInt>().ok();
        let number = number.filter(|number| matches!(number.suffix(), "" | "u32"));
        let units = number.and_then(|number| number.base10_parse().ok());
        match units.filter(|units| *units <= MAX_AMOUNT) {
            Some(units) => Ok(Self {
                key: key.clone(),
                units,
            }),
            None => {
                let message = format!(
                    "`{key}` must be a whole number from 0 to {MAX_AMOUNT}; write, for example, `{key} = {EXAMPLE}`"
                );
                Err(syn::Error::new(span, message))
            }
        }
    }
}
