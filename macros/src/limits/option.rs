//! Parses `limit = "60/minute"`, and lists by tier such as `limit(Free = "10/minute", Plus = "60/minute")`.

use super::policy_text::{self, PolicyText};
use crate::syntax::error_collector::Errors;
use crate::syntax::option_parser;
use proc_macro2::{Group, Ident};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, Token};

/// The value of `limit` or `quota`.
pub(crate) struct PolicyOption {
    pub(crate) key: Ident,
    pub(crate) policies: Policies,
}

/// The limits of the tiers.
pub(crate) enum Policies {
    /// Every tier has these limits.
    OfEveryTier(PolicyText),
    /// The limits from each tier upwards, in the order of the list, at least one.
    ByTier(Vec<TierPolicy>),
}

/// `Plus = "60/minute"` in a list.
pub(crate) struct TierPolicy {
    pub(crate) tier: Path,
    pub(crate) policy: PolicyText,
}

impl PolicyOption {
    /// Parses the text after `key =`.
    pub(crate) fn parse_text(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let text = option_parser::parse_string(input, key, "\"60/minute\"")?;
        Ok(Self {
            key: key.clone(),
            policies: Policies::OfEveryTier(parse_policy(&text)?),
        })
    }

    /// Parses the list in parentheses after the key.
    pub(crate) fn parse_list(key: &Ident, list: Group, errors: &mut Errors) -> syn::Result<Self> {
        let mut entries = Vec::new();
        let parser = |input: ParseStream<'_>| {
            option_parser::parse_options(input, errors, |input, _| {
                entries.push(parse_entry(input)?);
                Ok(())
            });
            Ok(())
        };
        parser.parse2(list.stream())?;
        Ok(Self {
            key: key.clone(),
            policies: Policies::ByTier(entries),
        })
    }
}

fn parse_entry(input: ParseStream<'_>) -> syn::Result<TierPolicy> {
    let tier = input.call(Path::parse_mod_style)?;
    input.parse::<Token![=]>()?;
    let text: LitStr = input.parse()?;
    Ok(TierPolicy {
        tier,
        policy: parse_policy(&text)?,
    })
}

fn parse_policy(text: &LitStr) -> syn::Result<PolicyText> {
    policy_text::parse(&text.value()).map_err(|error| syn::Error::new_spanned(text, error.message))
}
