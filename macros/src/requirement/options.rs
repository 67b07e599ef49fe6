//! Parses what a handler or an event requires: a tier or an add-on, and the options
//! `feature`, `or_feature`, `until_version`, `enforced` and `tier`.

use super::gate::Gate;
use super::model::FeatureRule;
use super::until_version::{VersionOption, without_list};
use super::variant::{last_segment, string_instead_of_variant};
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::given_twice;
use crate::syntax::option_parser::{self, Once};
use proc_macro2::{Group, Ident};
use syn::parse::ParseStream;
use syn::{LitStr, Path};

/// The options as written. Their values haven't been validated yet.
#[derive(Default)]
pub(crate) struct RequirementOptions {
    /// The required tier or, in `#[requires_feature(…)]`, the add-on.
    pub(crate) variant: Option<Path>,
    pub(crate) feature: Option<FeatureOption>,
    /// Sorted by version.
    pub(crate) versions: Vec<VersionOption>,
    pub(crate) enforced: Once<(Ident, Path)>,
    /// The value of `tier`, which is the path of the tier enum.
    pub(crate) tier_enum: Once<(Ident, Path)>,
}

/// `feature = Radio` or `or_feature = Radio`.
pub(crate) struct FeatureOption {
    pub(crate) key: Ident,
    pub(crate) rule: FeatureRule,
    pub(crate) feature: Path,
}

/// Returns whether an option of this module has this key.
pub(crate) fn is_requirement_key(key: &str, gate: Gate) -> bool {
    match key {
        "feature" | "or_feature" | "until_version" | "enforced" => true,
        "tier" => gate != Gate::Tier,
        _ => false,
    }
}

impl RequirementOptions {
    /// Sets the required tier or add-on. Reports a second one.
    pub(crate) fn set_variant(&mut self, gate: Gate, variant: Path, errors: &mut Errors) {
        if let Some(first) = &self.variant {
            let (first, second) = (last_segment(first), last_segment(&variant));
            errors.at(variant, gate.second_variant(&first, &second));
        } else {
            self.variant = Some(variant);
        }
    }

    /// Parses the value of an option. Returns false if this module doesn't know the option.
    pub(crate) fn parse_value(
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
                let tier = parse_variant(input, key, "a tier", "Free")?;
                self.enforced.set(key, (key.clone(), tier), errors);
            }
            "until_version" => {
                option_parser::skip_to_comma(input);
                errors.at(key, without_list(key));
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
        let feature = parse_variant(input, key, "an add-on", "Radio")?;
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
    pub(crate) fn parse_until_version(
        &mut self,
        gate: Gate,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let list: Group = input.parse()?;
        if gate == Gate::Feature {
            return Err(syn::Error::new_spanned(key, not_for_requires_feature(key)));
        }
        let option = VersionOption::parse(key, list.stream())?;
        match self.versions.last() {
            Some(earlier) if option.below <= earlier.below => {
                let message = format!(
                    "the versions must increase, but {} comes before {}; write the lowest version first",
                    earlier.below, option.below
                );
                errors.at(option.version, message);
            }
            _ => self.versions.push(option),
        }
        Ok(())
    }

    /// Returns whether there is a tier, an add-on, or another part of a requirement.
    pub(crate) fn is_given(&self) -> bool {
        self.variant.is_some() || self.keys().next().is_some() || self.tier_enum.get().is_some()
    }

    /// Returns the tier enum of an endpoint that requires only an add-on.
    pub(crate) fn tier_enum(&self) -> Option<&Path> {
        self.tier_enum.get().map(|(_, path)| path)
    }

    /// Returns the keys of all options that were given, except `tier`.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        let feature = self.feature.iter().map(|feature| &feature.key);
        feature.chain(self.tier_keys())
    }

    /// Returns the keys of the options that need a required tier and can be combined with an add-on.
    pub(crate) fn tier_keys(&self) -> impl Iterator<Item = &Ident> {
        let versions = self.versions.iter().map(|version| &version.key);
        let enforced = self.enforced.get().map(|(key, _)| key);
        versions.chain(enforced)
    }
}

/// Parses a tier or an add-on after `key =`. `kind` is "a tier" or "an add-on".
fn parse_variant(
    input: ParseStream<'_>,
    key: &Ident,
    kind: &str,
    example: &str,
) -> syn::Result<Path> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        return Err(string_instead_of_variant(kind, &text, Some(key), example));
    }
    option_parser::parse_value_with(input, key, example, kind, Path::parse_mod_style)
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
pub(crate) fn requirement_without_value(key: &Ident, gate: Gate) -> Option<String> {
    if !is_requirement_key(&key.to_string(), gate) || key == "tier" {
        return None;
    }
    if gate == Gate::Feature {
        return Some(not_for_requires_feature(key));
    }
    (key == "until_version").then(|| without_list(key))
}
