//! Reads lock files.

use super::words::{ALIAS, ENFORCED, FEATURE, OR_FEATURE, UNTIL_VERSION, Word, split_words};
use crate::endpoint::need::FeatureRule;
use crate::snapshot::diff::matched_endpoints::key;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::invisible_characters::without_byte_order_mark;
use crate::snapshot::need_row::{FeatureRow, NeedRow, RequiredTier, VersionRow};
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use crate::snapshot::{Snapshot, limits};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

const EXPECTED_LINES: &str = "expected `tier RANK NAME`, `feature KEY NAME`, `open PATH METHOD NAME REASON` or `gate PATH METHOD TIER NAME`";

impl Snapshot {
    /// Reads a lock file that this release or an earlier release wrote. The lines can be in any order.
    /// Duplicate lines are accepted, because a union merge in git can produce them.
    ///
    /// # Errors
    /// Returns [`SnapshotError`] if the text isn't a lock file, contradicts itself, or exceeds a
    /// [limit](Self#limits). The message states the problem and, if possible, the line number.
    pub fn from_lock(text: &str) -> Result<Self, SnapshotError> {
        limits::check_document(text)?;
        let mut lock_reader = LockReader::default();
        for (index, line) in without_byte_order_mark(text).lines().enumerate() {
            let number = index + 1;
            split_words(line)
                .and_then(|words| lock_reader.read_line(number, &words))
                .map_err(|problem| SnapshotError::new(format!("line {number}: {problem}")))?;
        }
        lock_reader.into_snapshot()
    }
}

/// Collects the tiers, the add-ons and the endpoints from the lines of a lock file.
#[derive(Default)]
struct LockReader {
    /// The highest version that a line states. A union merge can keep the lines of both versions.
    version: Option<u32>,
    /// The number of the first line that a file of version 1 can't contain.
    first_new_line: Option<usize>,
    /// The tiers, in the order of their lines.
    tiers: Vec<TierRow>,
    distinct_tiers: HashSet<TierRow>,
    /// The add-ons, in the order of their lines.
    features: Vec<FeatureRow>,
    distinct_features: HashSet<FeatureRow>,
    /// The endpoints, each with its line number.
    numbered_endpoints: Vec<(usize, EndpointRow)>,
}

impl LockReader {
    fn read_line(&mut self, number: usize, words: &[Word]) -> Result<(), String> {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        match *texts.as_slice() {
            [] => {}
            ["version", "1"] => self.version = self.version.max(Some(1)),
            ["version", "2"] => self.version = Some(2),
            ["version", other] => {
                return Err(format!(
                    "the file has format version {other}, but this program reads versions 1 and 2"
                ));
            }
            ["tier", rank, name, ..] => {
                let rank = rank
                    .parse()
                    .map_err(|_| format!("expected a rank, found {rank:?}"))?;
                let aliases = match &words[3..] {
                    [] => Vec::new(),
                    [option, aliases @ ..] if option.option_name() == Some(ALIAS) => {
                        self.mark_as_new(number);
                        aliases.iter().map(|alias| alias.text.clone()).collect()
                    }
                    _ => return Err(EXPECTED_LINES.to_owned()),
                };
                self.add_tier(TierRow {
                    name: name.to_owned(),
                    rank,
                    aliases: Some(aliases),
                });
            }
            ["feature", key, name] => {
                self.mark_as_new(number);
                let feature = FeatureRow {
                    key: key.to_owned(),
                    name: name.to_owned(),
                };
                if self.distinct_features.insert(feature.clone()) {
                    self.features.push(feature);
                }
            }
            ["gate", _, _, _, _, ..] => self.read_gate(number, words)?,
            ["open", _, _, name, reason] | ["open", _, _, name, reason, _] => {
                let reason = reason.to_owned();
                let module = words.get(5);
                self.add_endpoint(number, words, name, module, AccessRow::Public { reason })?;
            }
            [first, ..] if is_conflict_marker(first) => {
                return Err(
                    "unresolved merge conflict; keep the lines of both sides and remove the markers"
                        .to_owned(),
                );
            }
            [..] => return Err(EXPECTED_LINES.to_owned()),
        }
        Ok(())
    }

    /// Records that a file of version 1 can't contain this line.
    fn mark_as_new(&mut self, number: usize) {
        self.first_new_line.get_or_insert(number);
    }

    fn add_tier(&mut self, tier: TierRow) {
        if self.distinct_tiers.insert(tier.clone()) {
            self.tiers.push(tier);
        }
    }

    /// Reads a line with the words `gate PATH METHOD TIER NAME`, followed by the module and options.
    fn read_gate(&mut self, number: usize, words: &[Word]) -> Result<(), String> {
        let (module, mut options) = match &words[5..] {
            [module] => (Some(module), [].as_slice()),
            [module, options @ ..] if module.option_name().is_none() => (Some(module), options),
            options => (None, options),
        };
        let mut need = NeedRow {
            tier: words[3].unless_missing().map(without_rank),
            feature: None,
            rule: FeatureRule::NoFeature,
            versions: Vec::new(),
            enforced: None,
        };
        if need.tier.is_none() || !options.is_empty() {
            self.mark_as_new(number);
        }
        while let [option, values @ ..] = options {
            options = match (option.option_name(), values) {
                (Some(name @ (FEATURE | OR_FEATURE)), [key, rest @ ..])
                    if need.feature.is_none() =>
                {
                    need.rule = match (name, &need.tier) {
                        (FEATURE, None) => FeatureRule::FeatureOnly,
                        (FEATURE, Some(_)) => FeatureRule::AndTier,
                        _ => FeatureRule::OrTier,
                    };
                    // The name is only in the line that declares the add-on. `into_snapshot` fills in
                    // the name.
                    need.feature = Some(FeatureRow {
                        key: key.text.clone(),
                        name: String::new(),
                    });
                    rest
                }
                (Some(UNTIL_VERSION), [below, tier, rest @ ..]) => {
                    let below = below
                        .text
                        .parse()
                        .map_err(|_| format!("expected a plan version, found {:?}", below.text))?;
                    let tier = without_rank(tier.text.clone());
                    need.versions.push(VersionRow { below, tier });
                    rest
                }
                (Some(ENFORCED), [tier, rest @ ..]) if need.enforced.is_none() => {
                    need.enforced = Some(without_rank(tier.text.clone()));
                    rest
                }
                _ => {
                    return Err(format!(
                        "unexpected {:?}; after the endpoint's name, write `feature KEY`, `or_feature KEY`, `until_version VERSION TIER` or `enforced TIER`",
                        option.text
                    ));
                }
            };
        }
        let name = words[4].text.as_str();
        self.add_endpoint(number, words, name, module, AccessRow::Gated(need))
    }

    fn add_endpoint(
        &mut self,
        number: usize,
        words: &[Word],
        name: &str,
        module: Option<&Word>,
        access: AccessRow,
    ) -> Result<(), String> {
        let (path, method) = (words[1].unless_missing(), words[2].unless_missing());
        let row = EndpointRow {
            name: name.to_owned(),
            route: EndpointRow::checked_route(method, path).map_err(str::to_owned)?,
            access,
            summary: String::new(),
            module: module.map(|word| word.text.clone()).unwrap_or_default(),
            is_deprecated: false,
        };
        self.numbered_endpoints.push((number, row));
        Ok(())
    }

    fn into_snapshot(self) -> Result<Snapshot, SnapshotError> {
        let Some(version) = self.version else {
            return Err(SnapshotError::new(
                "not a lock file: the line `version 2` is missing",
            ));
        };
        if let (1, Some(number)) = (version, self.first_new_line) {
            return Err(SnapshotError::new(format!(
                "line {number}: a file of version 1 can't contain this line; change the version to 2"
            )));
        }
        let mut tiers = self.tiers;
        tiers.sort_by_key(|tier| tier.rank);
        if version == 1 {
            for tier in &mut tiers {
                tier.aliases = None;
            }
        }
        limits::check_tiers(&tiers)?;
        limits::check_features(&self.features)?;
        let declared = Declared::new(&tiers, &self.features)?;
        let mut endpoints: Vec<EndpointRow> = Vec::with_capacity(self.numbered_endpoints.len());
        let mut endpoint_positions = HashMap::new();
        for (number, mut row) in self.numbered_endpoints {
            if let AccessRow::Gated(need) = &mut row.access {
                declared
                    .complete(need)
                    .and_then(|()| need.check().map_err(str::to_owned))
                    .map_err(|problem| SnapshotError::new(format!("line {number}: {problem}")))?;
            }
            match endpoint_positions.entry(key(&row)) {
                Entry::Vacant(vacant) => {
                    vacant.insert((number, endpoints.len()));
                    endpoints.push(row);
                }
                Entry::Occupied(occupied) => {
                    let (first_number, index) = *occupied.get();
                    // If two branches changed the same line, a union merge keeps both versions. A
                    // person must decide which version is right.
                    if endpoints[index] != row {
                        return Err(SnapshotError::new(format!(
                            "lines {first_number} and {number} describe the same endpoint; keep one of them"
                        )));
                    }
                }
            }
        }
        let snapshot = Snapshot {
            tiers,
            features: self.features,
            endpoints,
        };
        limits::check(&snapshot)?;
        Ok(snapshot)
    }
}

/// The tiers and add-ons that the file declares.
struct Declared {
    ranks: HashMap<String, u32>,
    feature_names: HashMap<String, String>,
}

impl Declared {
    fn new(tiers: &[TierRow], features: &[FeatureRow]) -> Result<Self, SnapshotError> {
        let mut ranks = HashMap::new();
        for (index, tier) in tiers.iter().enumerate() {
            let has_previous_rank = index > 0 && tiers[index - 1].rank == tier.rank;
            if ranks.insert(tier.name.clone(), tier.rank).is_some() || has_previous_rank {
                return Err(SnapshotError::new(format!(
                    "two lines define the tier {} or the rank {}; keep one of them",
                    tier.name, tier.rank
                )));
            }
        }
        let mut feature_names = HashMap::new();
        for FeatureRow { key, name } in features {
            if feature_names.insert(key.clone(), name.clone()).is_some() {
                return Err(SnapshotError::new(format!(
                    "two lines define the add-on {key:?}; keep one of them"
                )));
            }
        }
        Ok(Self {
            ranks,
            feature_names,
        })
    }

    /// Fills in the ranks of the tiers and the name of the add-on, which an endpoint's line doesn't
    /// contain. The lines that declare them may come later in the file.
    fn complete(&self, need: &mut NeedRow) -> Result<(), String> {
        let version_tiers = need.versions.iter_mut().map(|version| &mut version.tier);
        for tier in version_tiers
            .chain(&mut need.tier)
            .chain(&mut need.enforced)
        {
            tier.rank = *self.ranks.get(&tier.name).ok_or_else(|| {
                format!(
                    "the tier {:?} is not defined; add a line `tier RANK NAME`",
                    tier.name
                )
            })?;
        }
        if let Some(feature) = &mut need.feature {
            let name = self.feature_names.get(&feature.key).ok_or_else(|| {
                format!(
                    "the add-on {:?} is not defined; add a line `feature KEY NAME`",
                    feature.key
                )
            })?;
            feature.name.clone_from(name);
        }
        Ok(())
    }
}

/// Returns a tier whose rank `Declared::complete` fills in.
fn without_rank(name: String) -> RequiredTier {
    RequiredTier { name, rank: 0 }
}

fn is_conflict_marker(word: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| word.starts_with(marker))
}
