//! Validates the type that derives `Event`, and the options of each event.

use super::model::ValidatedEvent;
use super::options::EventOptions;
use super::parse::{ParsedItem, ParsedType};
use crate::record::text::check_name;
use crate::requirement::gate::Gate;
use crate::requirement::model::{FeatureRule, Requirement};
use crate::requirement::options::FeatureOption;
use crate::requirement::validate::validate_requirement;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_parser::text_token;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Data, LitStr};

/// The default requirement of an enum's variants.
enum Default {
    Missing,
    Valid(Requirement),
    Invalid,
}

/// Validates every event, and adds all mistakes to `errors`.
pub(super) fn validate_events<'a>(
    parsed: ParsedType<'a>,
    errors: &mut Errors,
) -> Vec<ValidatedEvent<'a>> {
    let ParsedType {
        data,
        item,
        variants,
    } = parsed;
    match data {
        Data::Struct(_) => vec![validate_event(item, &Default::Missing, errors)],
        Data::Enum(_) => validate_variants(item, variants, errors),
        Data::Union(data) => {
            errors.at(
                data.union_token,
                "a union doesn't know which event it is; use a struct or an enum",
            );
            Vec::new()
        }
    }
}

fn validate_variants<'a>(
    parsed_enum: ParsedItem<'a>,
    variants: Vec<ParsedItem<'a>>,
    errors: &mut Errors,
) -> Vec<ValidatedEvent<'a>> {
    let ident = parsed_enum.item.ident;
    let default = validate_default(parsed_enum, errors);
    let has_options = |variant: &ParsedItem<'_>| {
        variant.options.requirement.is_given() || !variant.errors.is_empty()
    };
    if variants.is_empty() {
        errors.at(
            ident,
            format!("`{ident}` has no events; write one variant for each event"),
        );
    } else if matches!(default, Default::Missing) && !variants.iter().any(has_options) {
        errors.at(
            ident,
            "the tier is missing; add `#[event(Plus)]` with a variant of your tier enum to each variant, or to the enum for all variants",
        );
        return Vec::new();
    }
    check_same_names(&variants, errors);
    let validate = |variant| validate_event(variant, &default, errors);
    variants.into_iter().map(validate).collect()
}

/// Validates the default requirement of an enum's variants.
fn validate_default(parsed_enum: ParsedItem<'_>, errors: &mut Errors) -> Default {
    let ParsedItem {
        item,
        options,
        errors: mut enum_errors,
    } = parsed_enum;
    let has_requirement = options.requirement.is_given();
    let span = item.ident.span();
    let requirement = has_requirement.then(|| requirement_in(&options, span, &mut enum_errors));
    let default = match requirement.flatten() {
        Some(requirement) => Default::Valid(requirement),
        None if enum_errors.is_empty() => Default::Missing,
        None => Default::Invalid,
    };
    errors.append(enum_errors);
    default
}

fn validate_event<'a>(
    event: ParsedItem<'a>,
    default: &Default,
    errors: &mut Errors,
) -> ValidatedEvent<'a> {
    let name = event_name(&event);
    let ParsedItem {
        item,
        options,
        errors: mut event_errors,
    } = event;
    if let Some(name) = options.name.get() {
        check_name(name, &mut event_errors);
    }
    let requirement = match (default, feature_without_tier(&options)) {
        (Default::Valid(default), _) if !options.requirement.is_given() => Some(default.clone()),
        (Default::Invalid, _) if !options.requirement.is_given() => None,
        (Default::Valid(_) | Default::Invalid, Some(feature)) => {
            event_errors.at(
                &feature.key,
                "the enum's tier doesn't apply to a variant with a requirement of its own; add a tier, or `tier = Tier` to require only the add-on",
            );
            None
        }
        _ => requirement_in(&options, item.ident.span(), &mut event_errors),
    };
    errors.append(event_errors);
    ValidatedEvent {
        item,
        name,
        requirement,
    }
}

/// Returns the requirement in the options. An error about a missing tier points to `event_span`.
fn requirement_in(
    options: &EventOptions,
    event_span: Span,
    errors: &mut Errors,
) -> Option<Requirement> {
    validate_requirement(Gate::Event, &options.requirement, event_span, errors)
}

/// Returns the option `feature` if there is neither a tier nor the option `tier`. On a variant of an enum
/// with a tier, it isn't clear whether that tier still applies.
fn feature_without_tier(options: &EventOptions) -> Option<&FeatureOption> {
    let requirement = &options.requirement;
    let has_tier = requirement.variant.is_some() || requirement.tier_enum().is_some();
    let feature = requirement.feature.as_ref();
    feature.filter(|feature| !has_tier && feature.rule == FeatureRule::AndTier)
}

/// Returns the value of the `name` option, or the name of the struct or variant.
fn event_name(event: &ParsedItem<'_>) -> String {
    let name = event.options.name.get().map(LitStr::value);
    name.unwrap_or_else(|| event.item.ident.unraw().to_string())
}

/// Checks that no two variants have the same name.
fn check_same_names(variants: &[ParsedItem<'_>], errors: &mut Errors) {
    for (index, variant) in variants.iter().enumerate() {
        let (name, ident) = (event_name(variant), variant.item.ident);
        // Skips variants with the same identifier, because the compiler already rejects those.
        let namesake = variants[..index]
            .iter()
            .find(|earlier| earlier.item.ident != ident && event_name(earlier) == name);
        if let Some(namesake) = namesake {
            let earlier = namesake.item.ident;
            errors.at(
                text_token(variant.options.name.get(), ident),
                format!("the variants `{earlier}` and `{ident}` have the same name \"{name}\"; rename one of them"),
            );
        }
    }
}
