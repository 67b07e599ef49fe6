//! The parts of the TypeScript module that describe events. Catalogues without events don't have these parts.

use crate::export::typescript_text::{
    literal_or_null, number_or_null, property_key, versions_array,
};
use crate::export::unique_names::UniqueNames;
use crate::snapshot::need_row::rule_word;
use crate::snapshot::quoting::quoted;
use crate::snapshot::rows::EndpointRow;
use std::fmt::Write as _;

/// The body of `allows`, and the start of the function that decides about both endpoints and events.
pub(super) const ALLOWS_OR_MEETS: &str = "  \
  const requirement: Endpoint = endpoints[endpoint] as Endpoint;
  return requirement.publicReason !== null || meets(caller, requirement);
}

type Requirement = Pick<Endpoint, \"requiredRank\" | \"requiredFeature\" | \"featureRule\" | \"untilVersions\">;

function meets(caller: Tier | Caller, requirement: Requirement): boolean {
  const { tier, features = [], planVersion }: Caller =
    typeof caller === \"string\" ? { tier: caller } : caller;
  const { requiredRank, requiredFeature, featureRule, untilVersions } = requirement;
";

const TYPES: &str = "
/** An event that the server sends, and who may receive it. */
export interface CatalogueEvent {
  readonly name: string;
  /** The required tier, or null if the event requires only an add-on. */
  readonly requiredTier: Tier | null;
  readonly requiredRank: number | null;
  /** The add-on, or null if no add-on matters. */
  readonly requiredFeature: Feature | null;
  /** Whether both the tier and the add-on are required, either of them suffices, or only the add-on is required. */
  readonly featureRule: \"and\" | \"or\" | \"only\" | null;
  /** The lower tiers of customers with an older plan version, oldest version first. */
  readonly untilVersions: readonly UntilVersion[];
  readonly summary: string;
}

/** An event that requires a tier. */
export interface GatedEvent<
  T extends Tier,
  Name extends string = string,
  F extends Feature | null = Feature | null,
> extends CatalogueEvent {
  readonly name: Name;
  readonly requiredTier: T;
  readonly requiredRank: (typeof tiers)[T];
  readonly requiredFeature: F;
  readonly featureRule: F extends null ? null : \"and\" | \"or\";
}

/** An event that requires only an add-on. */
export interface FeatureGatedEvent<F extends Feature, Name extends string = string> extends CatalogueEvent {
  readonly name: Name;
  readonly requiredTier: null;
  readonly requiredRank: null;
  readonly requiredFeature: F;
  readonly featureRule: \"only\";
}

/** The events by their names. */
export interface Events {
";

const FUNCTION: &str = "\
};

/** The name of an event. */
export type EventName = keyof Events;

/** Returns whether a caller, or a caller with this tier and without add-ons, may receive the event. */
export function allowsEvent(caller: Tier | Caller, event: EventName): boolean {
  return meets(caller, events[event] as CatalogueEvent);
}
";

/// Appends the constant `events`, its types, and the function `allowsEvent`.
pub(super) fn push_events(module: &mut String, events: &[EndpointRow]) {
    // Two events can have the same name if the catalogue fails its audit.
    let mut names = UniqueNames::default();
    let mut key = |event: &EndpointRow| {
        let name = names.take(event.name(), |name, number| format!("{name} ({number})"));
        property_key(&name)
    };
    let events: Vec<(String, &EndpointRow)> =
        events.iter().map(|event| (key(event), event)).collect();
    module.push_str(TYPES);
    for (key, event) in &events {
        if event.is_deprecated() {
            module.push_str("  /** @deprecated */\n");
        }
        // Writing to a string cannot fail.
        let _ = writeln!(module, "  readonly {key}: {};", event_type(event));
    }
    module.push_str("}\n\nexport const events: Events = {\n");
    for (key, event) in &events {
        let _ = writeln!(module, "  {key}: {},", event_object(event));
    }
    module.push_str(FUNCTION);
}

fn event_type(event: &EndpointRow) -> String {
    let (name, feature) = (
        quoted(event.name()),
        literal_or_null(event.required_feature()),
    );
    match event.required_tier() {
        Some(tier) => format!("GatedEvent<{}, {name}, {feature}>", quoted(tier)),
        None => format!("FeatureGatedEvent<{feature}, {name}>"),
    }
}

fn event_object(event: &EndpointRow) -> String {
    format!(
        "{{ name: {}, requiredTier: {}, requiredRank: {}, requiredFeature: {}, featureRule: {}, untilVersions: {}, summary: {} }}",
        quoted(event.name()),
        literal_or_null(event.required_tier()),
        number_or_null(event.required_rank()),
        literal_or_null(event.required_feature()),
        literal_or_null(rule_word(event.feature_rule())),
        versions_array(event),
        quoted(event.summary()),
    )
}

#[cfg(test)]
mod tests {
    use crate::snapshot::Snapshot;

    #[test]
    fn events_are_constants() {
        let lock = "version 4\ntier 0 Free\ntier 1 \"\\\"Plus\"\nfeature radio Radio\ngate /a GET Free a\n\
            event </script> \"\\\"Plus\" or_feature radio until_version 3 Free enforced Free\n\
            event __proto__ - feature radio\n";
        let module = Snapshot::from_lock(lock).unwrap().to_typescript();
        for line in [
            "  readonly \"\\u{3c}/script\\u{3e}\": GatedEvent<\"\\\"Plus\", \"\\u{3c}/script\\u{3e}\", \"radio\">;\n",
            "  \"\\u{3c}/script\\u{3e}\": { name: \"\\u{3c}/script\\u{3e}\", requiredTier: \"\\\"Plus\", requiredRank: 1, requiredFeature: \"radio\", featureRule: \"or\", untilVersions: [{ version: 3, requiredTier: \"Free\", requiredRank: 0 }], summary: \"\" },\n",
            "  readonly [\"__proto__\"]: FeatureGatedEvent<\"radio\", \"__proto__\">;\n",
            "export type EventName = keyof Events;\n",
            "export function allowsEvent(",
        ] {
            assert!(module.contains(line), "{line}\n{module}");
        }
        let without_events = "version 2\ntier 0 Free\ngate /a GET Free a\n";
        let module = Snapshot::from_lock(without_events).unwrap().to_typescript();
        assert!(
            !module.contains("vent") && !module.contains("meets"),
            "{module}"
        );
    }

    #[test]
    fn events_with_the_same_name_have_different_keys() {
        let lock = "version 4\ntier 0 Free\nevent E Free\n";
        let mut snapshot = Snapshot::from_lock(lock).unwrap();
        snapshot.events.push(snapshot.events[0].clone());
        let module = snapshot.to_typescript();
        assert!(module.contains("  \"E (2)\": { name: \"E\","), "{module}");
    }
}
