//! Defines `Snapshot::of`, which creates snapshots of this program's catalogues.

use crate::catalogue::Catalogue;
use crate::snapshot::Snapshot;
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::need_row::{FeatureRow, RequiredTier};
use crate::snapshot::rows::{EndpointRow, TierRow};
use crate::tier::feature::Feature;
use crate::tier::{Tier, TierEnum};

impl Snapshot {
    /// Creates a snapshot of one of this program's catalogues.
    pub fn of<C: Catalogue + ?Sized>() -> Self {
        let tiers = C::Tier::ALL.iter().enumerate();
        let tiers = tiers.map(|(index, tier)| {
            let aliases = <C::Tier as TierEnum>::VARIANT_ALIASES.iter();
            let aliases = aliases.filter(|(_, of_index)| *of_index == index);
            TierRow {
                name: tier.name().to_owned(),
                rank: tier.rank(),
                aliases: Some(aliases.map(|(alias, _)| (*alias).to_owned()).collect()),
            }
        });
        let keys = <<C::Tier as Tier>::Features as Feature>::KEYS.iter();
        let features = keys.zip(<<C::Tier as Tier>::Features as Feature>::NAMES);
        let tiers: Vec<TierRow> = tiers.collect();
        let lowest = tiers.first().map(RequiredTier::from);
        Self {
            quota: LimitRows::of(C::quota(), lowest.as_ref()),
            tiers,
            features: features
                .map(|(key, name)| FeatureRow {
                    key: (*key).to_owned(),
                    name: (*name).to_owned(),
                })
                .collect(),
            endpoints: C::endpoints().iter().map(EndpointRow::from).collect(),
            events: C::events().iter().map(EndpointRow::from).collect(),
        }
    }
}
