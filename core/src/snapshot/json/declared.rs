//! The tiers and add-ons to which the members of a JSON document refer.

use crate::snapshot::need_row::{FeatureRow, RequiredTier};
use std::collections::HashMap;

/// The tiers and add-ons that a document declares.
pub(super) struct Declared<'a> {
    pub(super) ranks: HashMap<&'a str, u32>,
    pub(super) lowest: Option<RequiredTier>,
    pub(super) feature_names: HashMap<&'a str, &'a str>,
}

impl Declared<'_> {
    pub(super) fn tier(&self, name: String, rank: u32) -> Result<RequiredTier, &'static str> {
        if self.ranks.get(name.as_str()) == Some(&rank) {
            Ok(RequiredTier { name, rank })
        } else {
            Err("the tier and the rank are not those of a tier in this document")
        }
    }

    pub(super) fn optional_tier(
        &self,
        name: Option<String>,
        rank: Option<u32>,
    ) -> Result<Option<RequiredTier>, &'static str> {
        match (name, rank) {
            (Some(name), Some(rank)) => self.tier(name, rank).map(Some),
            (None, None) => Ok(None),
            _ => Err("a tier needs its rank, and a rank needs its tier"),
        }
    }

    pub(super) fn feature(&self, key: String) -> Result<FeatureRow, &'static str> {
        match self.feature_names.get(key.as_str()) {
            Some(name) => Ok(FeatureRow {
                name: (*name).to_owned(),
                key,
            }),
            None => Err("the required add-on is not in this document"),
        }
    }
}
