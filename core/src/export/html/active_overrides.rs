//! The overrides that a page shows to customers.

use crate::access::overrides::Overrides;
use crate::access::overrides::override_entry::OverrideKind;
use crate::access::time::rfc3339;
use crate::snapshot::diff::matched_endpoints::{Key, key};
use crate::snapshot::need_row::RequiredTier;
use crate::snapshot::rows::EndpointRow;
use crate::tier::Tier;
use std::collections::HashMap;
use std::time::SystemTime;

/// The active overrides of a catalogue's endpoints. They contain only what customers may read: neither what
/// individual customers get, nor observed tiers, authors or reasons.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveOverrides {
    by_endpoint: HashMap<Key, OfEndpoint>,
}

/// The active overrides of one endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct OfEndpoint {
    /// The tier that the endpoint requires of everyone, and the end.
    pub(super) require: Option<(RequiredTier, Option<SystemTime>)>,
    /// Whether the endpoint is closed.
    pub(super) is_closed: bool,
    pub(super) closed_until: Option<SystemTime>,
}

impl ActiveOverrides {
    pub(super) fn of<T: Tier>(overrides: &Overrides<T>) -> Self {
        let now = overrides.now();
        let current = overrides.current();
        let mut by_endpoint: HashMap<Key, OfEndpoint> = HashMap::new();
        for (entry, endpoint) in current.overrides.iter().zip(&current.endpoints) {
            let until = entry.ends_at();
            // The page doesn't show the quotas of individual customers.
            let Some(endpoint) = endpoint else { continue };
            if until.is_some_and(|until| until <= now) {
                continue;
            }
            // Computed only for the kinds that the page shows, because there may be many other overrides.
            let key = || key(&EndpointRow::from(endpoint));
            match entry.kind() {
                OverrideKind::Close => {
                    let of_endpoint = by_endpoint.entry(key()).or_default();
                    of_endpoint.is_closed = true;
                    of_endpoint.closed_until = until;
                }
                OverrideKind::Require(tier) => {
                    let tier = RequiredTier {
                        name: tier.name().to_owned(),
                        rank: tier.rank(),
                    };
                    by_endpoint.entry(key()).or_default().require = Some((tier, until));
                }
                OverrideKind::Grant(_)
                | OverrideKind::Observe(_)
                | OverrideKind::Limit { .. }
                | OverrideKind::Quota { .. } => {}
            }
        }
        Self { by_endpoint }
    }

    pub(super) fn find(&self, row: &EndpointRow) -> Option<&OfEndpoint> {
        if self.by_endpoint.is_empty() {
            return None;
        }
        self.by_endpoint.get(&key(row))
    }
}

/// An end as customers read it.
pub(super) struct End {
    /// The time as in `2026-12-01T00:00:00Z`.
    pub(super) datetime: String,
    /// The time as in `1 December 2026` or `1 December 2026, 14:30 UTC`.
    pub(super) text: String,
}

impl End {
    pub(super) fn at(time: SystemTime) -> Self {
        let datetime = rfc3339(time).to_string();
        let number = |range| datetime.get(range).unwrap_or_default();
        let month: usize = number(5..7).parse().unwrap_or(1);
        let month = MONTHS[(month.max(1) - 1) % MONTHS.len()];
        let (day, year) = (number(8..10).trim_start_matches('0'), number(0..4));
        let text = match number(11..19) {
            "00:00:00" => format!("{day} {month} {year}"),
            _ => format!("{day} {month} {year}, {} UTC", number(11..16)),
        };
        Self { datetime, text }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::End;
    use std::time::{Duration, SystemTime};

    #[test]
    fn ends_are_shown_as_dates() {
        for (seconds, datetime, text) in [
            (0, "1970-01-01T00:00:00Z", "1 January 1970"),
            (1_796_083_200, "2026-12-01T00:00:00Z", "1 December 2026"),
            (
                1_796_135_459,
                "2026-12-01T14:30:59Z",
                "1 December 2026, 14:30 UTC",
            ),
            (1_582_934_400, "2020-02-29T00:00:00Z", "29 February 2020"),
        ] {
            let end = End::at(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!((end.datetime.as_str(), end.text.as_str()), (datetime, text));
        }
    }
}
