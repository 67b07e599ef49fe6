//! Defines `Snapshot::of`, which creates snapshots of this program's catalogues.

use crate::catalogue::Catalogue;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::{EndpointRow, TierRow};
use crate::tier::Tier;

impl Snapshot {
    /// Creates a snapshot of one of this program's catalogues.
    pub fn of<C: Catalogue + ?Sized>() -> Self {
        let tier_rows = C::Tier::ALL.iter().map(|tier| TierRow {
            name: tier.name().to_owned(),
            rank: tier.rank(),
        });
        Self {
            tiers: tier_rows.collect(),
            endpoints: C::endpoints().iter().map(EndpointRow::from).collect(),
        }
    }
}
