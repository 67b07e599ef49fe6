//! Parses the options that describe what a handler requires besides its tier: `feature`, `or_feature`,
//! `until_version`, `enforced` and `tier`.

use super::gate::Gate;
use super::requirement::FeatureRule;
use crate::feature::key::variant_of_key;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::given_twice;
use crate::syntax::option_parser::{self, Once};
use proc_macro2::{Group, Ident, Span};
use syn::parse::{ParseStream, Parser};
use syn::{LitInt, LitStr, Path, Token};

/// The options as written. Their values haven't been validated yet.
#[derive(Default)]
pub(super) struct RequirementOptions {
    pub(super) feature: Option<FeatureOption>,
    /// Sorted by version.
    pub(super) versions: Vec<VersionOption>,
    pub(super) enforced: Once<(Ident, Path)>,
    /// The value of `tier`, which is the path of the tier enum.
    pub(super) tier_enum: Once<(Ident, Path)>,
}

/// `feature = Radio` or `or_feature = Radio`.
pub(super) struct FeatureOption {
    pub(super) key: Ident,
    pub(super) rule: FeatureRule,
    pub(super) feature: Path,
}

/// `until_version(3, Plus)`.
pub(super) struct VersionOption {
    pub(super) key: Ident,
    pub(super) below: u32,
    pub(super) tier: Path,
}

const UNTIL_VERSION_EXAMPLE: &str = "write `until_version(3, Plus)`";

/// Returns whether an option of this module has this key.
pub(super) fn is_requirement_key(key: &str, gate: Gate) -> bool {
    match key {
        "feature" | "or_feature" | "until_version" | "enforced" => true,
        "tier" => gate != Gate::Tier,
        _ => false,
    }
}

impl RequirementOptions {
    /// Parses the value of an option. Returns false if this module doesn't know the option.
    pub(super) fn parse_value(
        &mut self,
        gate: Gate,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<bool> {
        let key_text = key.to_string();
        match key_text.as_str() {
            "tier" if gate != Gate::Tier => {
                let kind = "the path of a tier enum";
                let parser = Path::parse_mod_style;
                let tier_enum = option_parser::parse_value_with(input, key, "Tier", kind, parser)?;
                self.tier_enum.set(key, (key.clone(), tier_enum), errors);
            }
            "feature" | "or_feature" | "until_version" | "enforced" if gate == Gate::Feature => {
                option_parser::skip_to_comma(input);
                errors.at(key, not_for_requires_feature(key));
            }
            "feature" => self.parse_feature(key, FeatureRule::AndTier, input, errors)?,
            "or_feature" => self.parse_feature(key, FeatureRule::OrTier, input, errors)?,
            "enforced" => {
                let tier = parse_variant(input, key, "a tier")?;
                self.enforced.set(key, (key.clone(), tier), errors);
            }
            "until_version" => {
                option_parser::skip_to_comma(input);
                errors.at(key, until_version_without_list(key));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn parse_feature(
        &mut self,
        key: &Ident,
        rule: FeatureRule,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let feature = parse_variant(input, key, "an add-on")?;
        match &self.feature {
            Some(earlier) if earlier.key == *key => errors.at(key, given_twice(key)),
            Some(earlier) => errors.at(
                key,
                format!(
                    "`{key}` can't be combined with `{}`; remove one of them",
                    earlier.key
                ),
            ),
            None => {
                self.feature = Some(FeatureOption {
                    key: key.clone(),
                    rule,
                    feature,
                });
            }
        }
        Ok(())
    }

    /// Parses the list after `until_version`.
    pub(super) fn parse_until_version(
        &mut self,
        gate: Gate,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let list: Group = input.parse()?;
        if gate == Gate::Feature {
            return Err(syn::Error::new(key.span(), not_for_requires_feature(key)));
        }
        let parser = |input: ParseStream<'_>| parse_version_and_tier(key, input);
        let (version, tier) = parser.parse2(list.stream())?;
        let below = version_number(&version)?;
        if let Some(earlier) = self.versions.last()
            && below <= earlier.below
        {
            errors.at(
                version,
                format!(
                    "the versions must increase, but {} comes before {below}; write the lowest version first",
                    earlier.below
                ),
            );
            return Ok(());
        }
        self.versions.push(VersionOption {
            key: key.clone(),
            below,
            tier,
        });
        Ok(())
    }

    /// Returns the tier enum of an endpoint that requires only an add-on.
    pub(super) fn tier_enum(&self) -> Option<&Path> {
        self.tier_enum.get().map(|(_, path)| path)
    }

    /// Returns the keys of all options that were given, except `tier`.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Ident> {
        let feature = self.feature.iter().map(|feature| &feature.key);
        feature.chain(self.tier_keys())
    }

    /// Returns the keys of the options that need a required tier and can be combined with an add-on.
    pub(super) fn tier_keys(&self) -> impl Iterator<Item = &Ident> {
        let versions = self.versions.iter().map(|version| &version.key);
        let enforced = self.enforced.get().map(|(key, _)| key);
        versions.chain(enforced)
    }
}

/// Parses `3, Plus`, and nothing after it.
fn parse_version_and_tier(key: &Ident, input: ParseStream<'_>) -> syn::Result<(LitInt, Path)> {
    if input.is_empty() {
        let message = format!("`{key}` needs a version and a tier; {UNTIL_VERSION_EXAMPLE}");
        return Err(syn::Error::new(key.span(), message));
    }
    let version_span = input.span();
    let version: LitInt = input.parse().map_err(|_| {
        skip(input);
        let message = format!("the version must be a whole number; {UNTIL_VERSION_EXAMPLE}");
        syn::Error::new(version_span, message)
    })?;
    let has_comma = input.parse::<Token![,]>().is_ok();
    if input.is_empty() {
        let message = format!("the tier is missing; write `{key}({version}, Plus)`");
        return Err(syn::Error::new_spanned(version, message));
    }
    if !has_comma {
        let message = format!("the comma after the version is missing; {UNTIL_VERSION_EXAMPLE}");
        return Err(error_at_rest(input, input.span(), message));
    }
    let tier = match parse_variant(input, key, "a tier") {
        Ok(tier) => tier,
        Err(error) => {
            skip(input);
            return Err(error);
        }
    };
    let _ = input.parse::<Token![,]>();
    if !input.is_empty() {
        let message = format!("`{key}` takes one version and one tier; remove the rest");
        return Err(error_at_rest(input, input.span(), message));
    }
    Ok((version, tier))
}

/// Returns an error, and consumes the rest of the input. Otherwise, syn would report the rest as a
/// second error.
fn error_at_rest(input: ParseStream<'_>, span: Span, message: String) -> syn::Error {
    skip(input);
    syn::Error::new(span, message)
}

fn skip(input: ParseStream<'_>) {
    let _ = input.parse::<proc_macro2::TokenStream>();
}

/// Returns the number of a version, which must be at least 1.
fn version_number(version: &LitInt) -> syn::Result<u32> {
    let number = version
        .base10_parse::<u32>()
        .ok()
        .filter(|_| matches!(version.suffix(), "" | "u32"));
    match number {
        Some(0) => Err(syn::Error::new_spanned(
            version,
            "no plan version is below 0; write a higher version, or remove `until_version`",
        )),
        Some(number) => Ok(number),
        None => Err(syn::Error::new_spanned(
            version,
            format!(
                "the version must be between 1 and {}; write a number such as `3`",
                u32::MAX
            ),
        )),
    }
}

/// Parses a tier or an add-on. `kind` is "a tier" or "an add-on".
fn parse_variant(input: ParseStream<'_>, key: &Ident, kind: &str) -> syn::Result<Path> {
    let is_in_list = key == "until_version";
    let example = match key.to_string().as_str() {
        "until_version" => "Plus",
        "enforced" => "Free",
        _ => "Radio",
    };
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let variant = variant_of_key(&text.value()).unwrap_or_else(|| example.to_owned());
        let fix = if is_in_list {
            variant
        } else {
            format!("{key} = {variant}")
        };
        let message = format!("{kind} must be a variant, not a string; write `{fix}`");
        return Err(syn::Error::new_spanned(text, message));
    }
    if is_in_list {
        let tier_span = input.span();
        return input.call(Path::parse_mod_style).map_err(|_| {
            let message = format!("expected {kind}; {UNTIL_VERSION_EXAMPLE}");
            syn::Error::new(tier_span, message)
        });
    }
    option_parser::parse_value_with(input, key, example, kind, Path::parse_mod_style)
}

/// The message for `until_version` or `until_version = …`.
fn until_version_without_list(key: &Ident) -> String {
    format!("`{key}` takes a version and a tier in parentheses; {UNTIL_VERSION_EXAMPLE}")
}

/// The message for an option that `#[requires_feature(…)]` doesn't have.
fn not_for_requires_feature(key: &Ident) -> String {
    if key == "feature" {
        return "the add-on is written without a key; write `#[requires_feature(Radio)]`"
            .to_owned();
    }
    let options = match key.to_string().as_str() {
        "until_version" => "Pro, feature = Radio, until_version(3, Plus)",
        "or_feature" => "Plus, or_feature = Radio",
        _ => "Plus, feature = Radio, enforced = Free",
    };
    format!("`{key}` needs a required tier; remove it, or write `#[requires_tier({options})]`")
}

/// The message for an option of this module without a value, unless another option without a value has
/// the same message.
pub(super) fn requirement_without_value(key: &Ident, gate: Gate) -> Option<String> {
    if !is_requirement_key(&key.to_string(), gate) || key == "tier" {
        return None;
    }
    if gate == Gate::Feature {
        return Some(not_for_requires_feature(key));
    }
    (key == "until_version").then(|| until_version_without_list(key))
}
