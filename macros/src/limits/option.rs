//! Parses `limit = "60/minute"`, and lists by tier such as `limit(Free = "10/minute", Plus = "60/minute")`.

use super::policy_text::{self, PolicyText};
use crate::feature::key::variant_of_key;
use crate::requirement::variant::last_segment;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{
    empty_value, missing_equals_sign, missing_value, wrong_value,
};
use crate::syntax::option_parser;
use proc_macro2::{Group, Ident, Span, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{LitStr, Path, Token};

const EXAMPLE: &str = "\"60/minute\"";

/// The value of `limit` or `quota`.
pub(crate) struct PolicyOption {
    pub(crate) key: Ident,
    pub(crate) policies: Policies,
}

/// The limits of the tiers.
pub(crate) enum Policies {
    /// Every tier has the limits in this text.
    OfEveryTier(LitStr, PolicyText),
    /// The limits from each tier upwards, in the order of the list.
    ByTier(Vec<TierPolicy>),
}

impl Policies {
    /// Returns a span in the user's code for each policy: the tier, or the text for every tier.
    pub(crate) fn spans(&self) -> Vec<Span> {
        match self {
            Self::OfEveryTier(text, _) => vec![text.span()],
            Self::ByTier(entries) => entries.iter().map(|entry| entry.tier.span()).collect(),
        }
    }
}

/// `Plus = "60/minute"` in a list.
pub(crate) struct TierPolicy {
    pub(crate) tier: Path,
    /// If the text contains a mistake, this is `Unlimited`.
    pub(crate) policy: PolicyText,
}

impl TierPolicy {
    /// Returns the tier's variant.
    pub(crate) fn variant(&self) -> Ident {
        last_segment(&self.tier).unraw()
    }
}

impl PolicyOption {
    /// Parses the text after `key =`.
    pub(crate) fn parse_text(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let text = parse_literal(key, input)?;
        let policy = parse_policy(&text)?;
        Ok(Self {
            key: key.clone(),
            policies: Policies::OfEveryTier(text, policy),
        })
    }

    /// Parses the list in parentheses after the key. Every mistake in the list is an error, and the
    /// returned option contains every tier that could be parsed.
    pub(crate) fn parse_list(key: &Ident, list: &Group, errors: &mut Errors) -> Self {
        let mut entries: Vec<TierPolicy> = Vec::new();
        if list.stream().is_empty() {
            let tier = if key == "quota" { "Free" } else { "Plus" };
            let fix = format!("write, for example, `{key}({tier} = {EXAMPLE})`");
            errors.at(key, empty_value(&format!("{key}()"), &fix));
        }
        let parser = |input: ParseStream<'_>| {
            option_parser::parse_options(input, errors, |input, errors| {
                let entry = parse_entry(key, input, errors)?;
                if entries
                    .iter()
                    .any(|other| other.variant() == entry.variant())
                {
                    let variant = entry.variant();
                    errors.at(
                        &entry.tier,
                        format!("`{variant}` is listed twice; remove one of them"),
                    );
                } else {
                    entries.push(entry);
                }
                Ok(())
            });
            Ok(())
        };
        if let Err(error) = parser.parse2(list.stream()) {
            errors.push(error);
        }
        Self {
            key: key.clone(),
            policies: Policies::ByTier(entries),
        }
    }
}

/// Parses `Plus = "60/minute"`. Returns an error if there is no tier.
fn parse_entry(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<TierPolicy> {
    if input.peek(LitStr) {
        return Err(string_instead_of_tier(key, input)?);
    }
    let tier_span = input.span();
    let tier = input.call(Path::parse_mod_style).map_err(|_| {
        let message = format!("expected a tier; write, for example, `Plus = {EXAMPLE}`");
        syn::Error::new(tier_span, message)
    })?;
    let mut entry = TierPolicy {
        tier,
        policy: PolicyText::Unlimited,
    };
    match parse_entry_value(&entry.variant(), &entry.tier, input) {
        Ok(policy) => entry.policy = policy,
        Err(error) => {
            errors.push(error);
            option_parser::skip_to_comma(input);
        }
    }
    Ok(entry)
}

/// Parses `= "60/minute"` after a tier.
fn parse_entry_value(
    variant: &Ident,
    tier: &Path,
    input: ParseStream<'_>,
) -> syn::Result<PolicyText> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(
            tier,
            missing_value(variant, EXAMPLE),
        ));
    }
    if !input.peek(Token![=]) || input.peek(Token![==]) || input.peek(Token![=>]) {
        return Err(syn::Error::new_spanned(
            tier,
            missing_equals_sign(variant, EXAMPLE),
        ));
    }
    let _ = input.parse::<Token![=]>();
    parse_policy(&parse_literal(variant, input)?)
}

/// Returns the error for a string in place of a tier.
fn string_instead_of_tier(key: &Ident, input: ParseStream<'_>) -> syn::Result<syn::Error> {
    let text: LitStr = input.parse()?;
    let message = match variant_of_key(&text.value()) {
        Some(variant) => {
            format!("a tier must be a variant, not a string; write `{variant} = {EXAMPLE}`")
        }
        None => missing_equals_sign(key, &text.to_token_stream().to_string()),
    };
    option_parser::skip_to_comma(input);
    Ok(syn::Error::new_spanned(text, message))
}

/// Parses a string literal, the value of `key`. Constants and macros such as `concat!` are errors,
/// because a procedural macro can't evaluate them.
fn parse_literal(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitStr> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(key, missing_value(key, EXAMPLE)));
    }
    let lookahead = input.fork();
    let example = match lookahead.parse() {
        Ok(TokenTree::Ident(name)) if name == "unlimited" => "\"unlimited\"",
        _ => EXAMPLE,
    };
    let span = input.span();
    input
        .parse()
        .map_err(|_| syn::Error::new(span, wrong_value(key, "a string literal", example)))
}

fn parse_policy(text: &LitStr) -> syn::Result<PolicyText> {
    policy_text::parse(&text.value()).map_err(|error| syn::Error::new_spanned(text, error.message))
}
