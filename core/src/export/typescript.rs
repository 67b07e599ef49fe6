//! A TypeScript module of constants for clients to import.

use crate::route::unique::Unique;
use crate::snapshot::text::quoted;
use crate::snapshot::{EndpointRow, Snapshot};
use std::fmt::Write as _;

const HEADER: &str = "\
// Made from the server's catalogue by tiergate. Do not edit.

";

const TYPES: &str = "\
/** A subscription tier. */
export type Tier = keyof typeof tiers;

/** What an endpoint requires. */
export interface Endpoint {
  readonly name: string;
  readonly method: string | null;
  readonly path: string | null;
  /** The lowest tier that may call; null if everybody may. */
  readonly requiredTier: Tier | null;
  readonly requiredRank: number | null;
  /** Why everybody may call; null if a tier is required. */
  readonly publicReason: string | null;
  readonly summary: string;
}

/** An endpoint that requires a tier, with its method and path. */
export interface Gated<
  T extends Tier,
  Method extends string | null = string | null,
  Path extends string | null = string | null,
> extends Endpoint {
  readonly method: Method;
  readonly path: Path;
  readonly requiredTier: T;
  readonly requiredRank: (typeof tiers)[T];
  readonly publicReason: null;
}

/** An endpoint that everybody may call, with its method and path. */
export interface Open<
  Method extends string | null = string | null,
  Path extends string | null = string | null,
> extends Endpoint {
  readonly method: Method;
  readonly path: Path;
  readonly requiredTier: null;
  readonly requiredRank: null;
  readonly publicReason: string;
}

/** The endpoints by method and path; those without a route by name. */
export interface Endpoints {
";

const FUNCTION: &str = "\
};

/** An endpoint's key. */
export type EndpointKey = keyof Endpoints;

/** Whether a caller of this tier may call this endpoint. */
export function allows(tier: Tier, endpoint: EndpointKey): boolean {
  const { requiredRank }: Endpoint = endpoints[endpoint];
  return requiredRank === null || tiers[tier] >= requiredRank;
}
";

impl Snapshot {
    /// Returns the catalogue as a TypeScript module. See
    /// [`Catalogue::typescript`](crate::Catalogue::typescript).
    pub fn to_typescript(&self) -> String {
        module(self)
    }
}

pub(crate) fn module(snapshot: &Snapshot) -> String {
    let mut module = String::from(HEADER);
    module.push_str("/** The rank of each tier, the lowest first. */\nexport const tiers = {\n");
    for tier in snapshot.tiers() {
        // Writing to a string cannot fail.
        let _ = writeln!(module, "  {}: {},", key(tier.name()), tier.rank());
    }
    module.push_str("} as const;\n\n");
    module.push_str(TYPES);
    let mut taken = Unique::default();
    let endpoints: Vec<(String, &EndpointRow)> = snapshot
        .endpoints()
        .iter()
        .map(|endpoint| (key(&unique(&mut taken, endpoint)), endpoint))
        .collect();
    // The types are explicit because the TypeScript compiler can't infer them for a long list.
    for (key, endpoint) in &endpoints {
        let (method, path) = (literal(endpoint.method()), literal(endpoint.path()));
        if endpoint.is_deprecated() {
            module.push_str("  /** @deprecated */\n");
        }
        let _ = match endpoint.required() {
            Some(tier) => {
                let tier = quoted(tier);
                writeln!(module, "  readonly {key}: Gated<{tier}, {method}, {path}>;")
            }
            None => writeln!(module, "  readonly {key}: Open<{method}, {path}>;"),
        };
    }
    module.push_str("}\n\nexport const endpoints: Endpoints = {\n");
    for (key, endpoint) in &endpoints {
        let _ = writeln!(module, "  {key}: {},", object(endpoint));
    }
    module.push_str(FUNCTION);
    module
}

/// Quotes a property name. `__proto__` is a computed key, because `"__proto__": …` would set the
/// object's prototype.
fn key(name: &str) -> String {
    match name {
        "__proto__" => format!("[{}]", quoted(name)),
        name => quoted(name),
    }
}

/// Returns a unique key: the method and path, or the name of an endpoint without a route. Appends a
/// number to repeated keys, because a catalogue that fails its audit can contain a route twice.
fn unique(taken: &mut Unique, endpoint: &EndpointRow) -> String {
    let own = match (endpoint.method(), endpoint.path()) {
        (Some(method), Some(path)) => format!("{method} {path}"),
        _ => endpoint.name().to_owned(),
    };
    taken.take(&own, |own, number| format!("{own} ({number})"))
}

/// Renders a literal, which is both a value and a TypeScript literal type.
fn literal(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

fn object(endpoint: &EndpointRow) -> String {
    let rank = endpoint
        .required_rank()
        .map_or_else(|| "null".to_owned(), |rank| rank.to_string());
    format!(
        "{{ name: {}, method: {}, path: {}, requiredTier: {}, requiredRank: {rank}, publicReason: {}, summary: {} }}",
        quoted(endpoint.name()),
        literal(endpoint.method()),
        literal(endpoint.path()),
        literal(endpoint.required()),
        literal(endpoint.public_reason()),
        quoted(endpoint.summary()),
    )
}
