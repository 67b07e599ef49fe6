//! Parses `cost = 20`.

use super::policy_text::MAX_AMOUNT;
use crate::syntax::option_parser;
use proc_macro2::Ident;
use syn::LitInt;
use syn::parse::ParseStream;

/// The units that a call takes from the catalogue's quota.
pub(crate) struct CostOption {
    pub(crate) key: Ident,
    pub(crate) units: u32,
}

impl CostOption {
    /// Parses the number after `cost =`.
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let number: LitInt = option_parser::parse_value(input, key, "20", "a whole number")?;
        let units = number.base10_parse::<u32>().ok();
        let fits = |units: &u32| *units <= MAX_AMOUNT && matches!(number.suffix(), "" | "u32");
        match units.filter(fits) {
            Some(units) => Ok(Self {
                key: key.clone(),
                units,
            }),
            None => Err(syn::Error::new_spanned(
                &number,
                format!(
                    "`cost` must be between 0 and {MAX_AMOUNT}; write, for example, `cost = 20`"
                ),
            )),
        }
    }
}
