//! Describes limits in a few words, such as `Free: 10/minute; Plus: 60/minute and 5000/day`.

use crate::endpoint::limits::Limit;
use crate::snapshot::limit_rows::{LimitRow, LimitRows};
use crate::snapshot::rows::EndpointRow;

/// Describes limits that all apply, such as `60/minute and 5000/day`, or `unlimited`.
pub(crate) fn limits_text(limits: &[Limit]) -> String {
    if limits.is_empty() {
        return "unlimited".to_owned();
    }
    let limits: Vec<String> = limits.iter().map(Limit::to_string).collect();
    limits.join(" and ")
}

/// Describes the limits of each tier, from this tier upwards. `escape` escapes a name for the document.
pub(crate) fn texts_by_tier(rows: &[LimitRow], escape: impl Fn(&str) -> String) -> Vec<String> {
    let text = |row: &LimitRow| format!("{}: {}", escape(row.tier()), limits_text(row.limits()));
    rows.iter().map(text).collect()
}

/// Describes the limits as `texts_by_tier` does, but without tiers if every tier has the same limits. Returns
/// an empty list if there are no limits.
pub(crate) fn texts(rows: &[LimitRow], escape: impl Fn(&str) -> String) -> Vec<String> {
    match rows {
        [row] => vec![limits_text(row.limits())],
        rows => texts_by_tier(rows, escape),
    }
}

impl EndpointRow {
    /// Returns the limits that customers read. They omit the tiers that may call the endpoint only because
    /// a lower tier is enforced for now.
    pub(crate) fn declared_limits(&self) -> LimitRows {
        match self.need_row().and_then(|need| need.lowest_declared_tier()) {
            Some(lowest) => self.limits.of_tiers_from(lowest),
            None => self.limits.clone(),
        }
    }

    /// Describes the limits and the cost, such as `limit 60/minute; cost 20`. Returns an empty text for an
    /// endpoint without limits that has the usual cost.
    pub(crate) fn limit_details(&self, escape: impl Fn(&str) -> String) -> String {
        let mut details = Vec::new();
        let limits = self.declared_limits();
        if !limits.is_empty() {
            details.push(format!(
                "limit {}",
                texts(limits.as_slice(), escape).join(", ")
            ));
        }
        if self.cost != 1 {
            details.push(format!("cost {}", self.cost));
        }
        details.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use crate::snapshot::Snapshot;

    fn details(gate: &str) -> String {
        let lock = format!(
            "version 3\ntier 0 Free\ntier 1 Plus\ntier 2 Pro\nfeature radio Radio\ngate /a GET {gate}\n"
        );
        let snapshot = Snapshot::from_lock(&lock).unwrap();
        let escape = |name: &str| format!("*{name}*");
        snapshot.endpoints()[0].limit_details(escape)
    }

    #[test]
    fn texts_name_tiers_only_if_they_differ() {
        for (gate, text) in [
            ("Plus a", ""),
            ("Plus a limit 60/minute", "limit 60/minute"),
            (
                "Plus a limit \"60/minute; 5000/day\" cost 20",
                "limit 60/minute and 5000/day; cost 20",
            ),
            (
                "Plus a limit 10/minute from Pro unlimited cost 0",
                "limit *Plus*: 10/minute, *Pro*: unlimited; cost 0",
            ),
            // Free may call the endpoint only for now.
            (
                "Plus a enforced Free limit 10/minute from Plus 60/minute",
                "limit 60/minute",
            ),
            (
                "Pro a until_version 3 Plus limit 10/minute from Pro 60/minute",
                "limit *Plus*: 10/minute, *Pro*: 60/minute",
            ),
            (
                "Pro a or_feature radio limit 10/minute from Pro 60/minute",
                "limit *Free*: 10/minute, *Pro*: 60/minute",
            ),
        ] {
            assert_eq!(details(gate), text, "{gate}");
        }
    }
}
