//! The parts of the TypeScript module that describe limits. Catalogues without limits don't have these parts.

use crate::export::limit_columns::cost_of;
use crate::snapshot::limit_rows::LimitRow;
use crate::snapshot::quoting::quoted;
use crate::snapshot::rows::EndpointRow;

/// The types of limits. `Endpoint` is declared a second time, and TypeScript merges both declarations.
pub(super) const LIMIT_TYPES: &str = "\
/** At most this many units in a window of this length. A month has 30 days. */
export interface LimitWindow {
  readonly amount: number;
  readonly unit: \"second\" | \"minute\" | \"hour\" | \"day\" | \"month\";
  readonly seconds: number;
}

/** The limits of callers with this tier and with higher tiers, up to the next entry. */
export interface TierLimits {
  readonly tier: Tier;
  readonly rank: number;
  /** The limits, all of which apply. Empty if the callers are unlimited. */
  readonly windows: readonly LimitWindow[];
}

/** How often callers may call an endpoint. */
export interface Endpoint {
  /** The endpoint's own limits by tier, lowest tier first. Empty if it has none. */
  readonly limits: readonly TierLimits[];
  /** The number of units that a call takes from the quota. */
  readonly cost: number;
}

";

const FUNCTION: &str = "\
/** Returns the limits of callers with this tier, or of callers without a subscription. */
export function limitsOf(tier: Tier | null, limits: readonly TierLimits[]): readonly LimitWindow[] {
  const reached = limits.filter(
    ({ rank }, index) => index === 0 || (tier !== null && tiers[tier] >= rank),
  );
  return reached[reached.length - 1]?.windows ?? [];
}
";

/// Returns the members `limits` and `cost` of an endpoint's object, each preceded by a comma.
pub(super) fn limit_members(endpoint: &EndpointRow) -> String {
    let limits = limits_array(endpoint.declared_limits().as_slice());
    let cost = cost_of(endpoint).unwrap_or(0);
    format!(", limits: {limits}, cost: {cost}")
}

/// Appends the constant `quota` and the function `limitsOf`.
pub(super) fn push_quota(module: &mut String, quota: &[LimitRow]) {
    module.push_str(
        "\n/** The quota of all endpoints together by tier, lowest tier first. Empty if there is none. */\n",
    );
    module.push_str("export const quota: readonly TierLimits[] = ");
    module.push_str(&limits_array(quota));
    module.push_str(";\n\n");
    module.push_str(FUNCTION);
}

fn limits_array(rows: &[LimitRow]) -> String {
    let rows = rows.iter().map(|row| {
        let windows = row.limits().iter().map(|limit| {
            format!(
                "{{ amount: {}, unit: \"{}\", seconds: {} }}",
                limit.amount(),
                limit.unit(),
                limit.window().as_secs()
            )
        });
        format!(
            "{{ tier: {}, rank: {}, windows: [{}] }}",
            quoted(row.tier()),
            row.rank(),
            windows.collect::<Vec<_>>().join(", ")
        )
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use crate::snapshot::Snapshot;

    #[test]
    fn limits_are_constants() {
        let lock = "version 3\ntier 0 Free\ntier 1 \"\\\"Plus\"\nquota 100/day from \"\\\"Plus\" unlimited\n\
            gate /a GET Free a limit \"60/minute; 5000/day\" cost 20\nopen /b GET b why\n";
        let module = Snapshot::from_lock(lock).unwrap().to_typescript();
        for line in [
            "summary: \"\", limits: [{ tier: \"Free\", rank: 0, windows: [{ amount: 60, unit: \"minute\", seconds: 60 }, { amount: 5000, unit: \"day\", seconds: 86400 }] }], cost: 20 },\n",
            "summary: \"\", limits: [], cost: 0 },\n",
            "export const quota: readonly TierLimits[] = [{ tier: \"Free\", rank: 0, windows: [{ amount: 100, unit: \"day\", seconds: 86400 }] }, { tier: \"\\\"Plus\", rank: 1, windows: [] }];\n",
        ] {
            assert!(module.contains(line), "{module}");
        }
        let unlimited = "version 2\ntier 0 Free\ngate /a GET Free a\n";
        let module = Snapshot::from_lock(unlimited).unwrap().to_typescript();
        assert!(
            !module.contains("imit") && !module.contains("quota"),
            "{module}"
        );
    }
}
