//! Finds calls that the catalogue's quota never allows.

use crate::catalogue::audit::finding::Finding;
use crate::catalogue::quota_checks::too_small_window;
use crate::endpoint::Endpoint;
use crate::endpoint::limits::Limit;
use crate::endpoint::record::{PolicyRecord, Tiers};

/// Returns a finding for each endpoint whose cost is higher than the quota of a tier. The compiler checks
/// this only in catalogues with a list.
pub(super) fn costs_above_quota(
    listed: &[Endpoint],
    quota: &[PolicyRecord],
    tiers: &Tiers,
) -> impl Iterator<Item = Finding> {
    listed.iter().filter_map(|endpoint| {
        (0..quota.len()).find_map(|position| {
            let window = too_small_window(quota, position, *endpoint)?;
            Some(Finding::CostAboveQuota {
                endpoint: *endpoint,
                tier: tiers.name(quota[position].rank),
                limit: Limit::of_record(window),
            })
        })
    })
}
