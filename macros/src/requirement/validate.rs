//! Validates what an attribute requires.

use super::gate::Gate;
use super::model::{FeatureRule, Requirement};
use super::options::RequirementOptions;
use super::variant::last_segment;
use crate::syntax::error_collector::Errors;
use proc_macro2::Span;

/// Returns what an attribute with these options requires. Returns `None` if the options
/// don't state this, or if they contradict each other. The error about a missing variant points to
/// `missing_span`.
pub(crate) fn validate_requirement(
    gate: Gate,
    options: &RequirementOptions,
    missing_span: Span,
    errors: &mut Errors,
) -> Option<Requirement> {
    match (&options.variant, &options.feature) {
        (Some(variant), _) => {
            if gate.accepts_only_a_feature_option() {
                check_no_tier_enum(gate, options, errors);
            }
            let of_variant = Requirement::of_variant(gate, variant, options)?;
            return Some(match gate {
                Gate::Feature => of_variant,
                Gate::Tier | Gate::Declaration | Gate::Event => of_variant.with_options(options),
            });
        }
        (None, Some(option)) => {
            let feature = &option.feature;
            let is_feature_only = option.rule == FeatureRule::AndTier;
            if gate.accepts_only_a_feature_option() && is_feature_only {
                for key in options.tier_keys() {
                    errors.at(
                        key,
                        format!("`{key}` needs a required tier; add a tier, or remove `{key}`"),
                    );
                }
                return Requirement::of_feature(feature, options.tier_enum());
            }
            let name = last_segment(feature);
            let only_feature = if gate.accepts_only_a_feature_option() {
                format!("feature = {name}")
            } else {
                format!("#[requires_feature({name})]")
            };
            errors.at(
                feature,
                format!("the tier is missing; add a tier, or write `{only_feature}` to require only the add-on"),
            );
        }
        // Doesn't report a missing tier, because an earlier mistake may have prevented the tier from
        // being parsed.
        (None, None) if !errors.is_empty() => {}
        (None, None) => match options.tier_enum.get() {
            Some((key, _)) if gate.accepts_only_a_feature_option() => {
                let subject = gate.subject();
                errors.at(
                    key,
                    format!("`tier` is the tier enum of {subject} that requires only an add-on; write the required tier without a key, such as `Plus`"),
                );
            }
            _ => errors.push(syn::Error::new(missing_span, gate.missing_variant())),
        },
    }
    None
}

/// Checks that a declaration with a tier or a reason doesn't have the option `tier`.
pub(crate) fn check_no_tier_enum(gate: Gate, options: &RequirementOptions, errors: &mut Errors) {
    if let Some((key, _)) = options.tier_enum.get() {
        let subject = gate.subject();
        errors.at(
            key,
            format!("`tier` is only for {subject} without a required tier; remove it, or write the required tier as `Plan::Plus`"),
        );
    }
}
