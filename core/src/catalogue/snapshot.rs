//! Creates snapshots of this program's catalogues.

use crate::catalogue::Catalogue;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::{EndpointRow, TierRow};
use crate::tier::Tier;

impl Snapshot {
    /// Creates a snapshot of one of this program's catalogues.
    pub fn of<C: Catalogue + ?Sized>() -> Self {
        let tiers = C::Tier::ALL.iter().map(|tier| TierRow {
            name: tier.name().to_owned(),
            rank: tier.rank(),
        });
        Self {
            tiers: tiers.collect(),
            endpoints: C::endpoints().iter().map(EndpointRow::from).collect(),
        }
    }
}
