//! Reads lock files.

use super::declared::Declared;
use super::event_line::read_event;
use super::limit_words::LimitWords;
use super::requirement_words::{need_of_tier, read_option};
use super::words::{ALIAS, COST, LIMIT, Word, split_words};
use crate::snapshot::diff::matched_endpoints::key;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::invisible_characters::without_byte_order_mark;
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::need_row::FeatureRow;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use crate::snapshot::{Snapshot, limits};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

const EXPECTED_LINES: &str = "expected `tier RANK NAME`, `feature KEY NAME`, `quota LIMITS`, `open PATH METHOD NAME REASON`, `gate PATH METHOD TIER NAME` or `event NAME TIER`";

/// Version 2 added aliases, add-ons, plan versions and enforced tiers. Version 3 added limits, costs and
/// quotas. Version 4 added events.
const NEWEST_VERSION: usize = 4;

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

/// Collects the tiers, the add-ons, the endpoints and the events from the lines of a lock file.
#[derive(Default)]
struct LockReader {
    /// The highest version that a line states. A union merge can keep the lines of several versions.
    version: Option<usize>,
    /// For each version, the number of the first line that a file of an earlier version can't contain.
    first_lines: [Option<usize>; NEWEST_VERSION + 1],
    /// The tiers, in the order of their lines.
    tiers: Vec<TierRow>,
    distinct_tiers: HashSet<TierRow>,
    /// The add-ons, in the order of their lines.
    features: Vec<FeatureRow>,
    distinct_features: HashSet<FeatureRow>,
    quota: Option<(usize, LimitWords)>,
    endpoints: Vec<EndpointLine>,
}

/// The line of an endpoint or an event.
struct EndpointLine {
    number: usize,
    /// The endpoint or event, without its limits.
    row: EndpointRow,
    limits: Option<LimitWords>,
}

impl LockReader {
    fn read_line(&mut self, number: usize, words: &[Word]) -> Result<(), String> {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        match *texts.as_slice() {
            [] => {}
            ["version", version] => self.read_version(version)?,
            ["tier", rank, name, ..] => {
                let rank = rank
                    .parse()
                    .map_err(|_| format!("expected a rank, found {rank:?}"))?;
                let aliases = match &words[3..] {
                    [] => Vec::new(),
                    [option, aliases @ ..] if option.option_name() == Some(ALIAS) => {
                        self.mark_as_new(2, number);
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
                self.mark_as_new(2, number);
                let feature = FeatureRow {
                    key: key.to_owned(),
                    name: name.to_owned(),
                };
                if self.distinct_features.insert(feature.clone()) {
                    self.features.push(feature);
                }
            }
            ["quota", ..] => self.read_quota(number, &words[1..])?,
            ["gate", _, _, _, _, ..] => self.read_gate(number, words)?,
            ["event", _, _, ..] => {
                self.mark_as_new(4, number);
                let row = read_event(&words[1], &words[2], &words[3..])?;
                self.endpoints.push(EndpointLine {
                    number,
                    row,
                    limits: None,
                });
            }
            ["open", _, _, name, reason] | ["open", _, _, name, reason, _] => {
                let reason = reason.to_owned();
                let module = words.get(5);
                let row = endpoint_row(words, name, module, AccessRow::Public { reason })?;
                self.endpoints.push(EndpointLine {
                    number,
                    row,
                    limits: None,
                });
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

    fn read_version(&mut self, text: &str) -> Result<(), String> {
        let mut versions = 1..=NEWEST_VERSION;
        let Some(version) = versions.find(|version| version.to_string() == text) else {
            return Err(format!(
                "the file has format version {text}, but this program reads versions 1 to {NEWEST_VERSION}"
            ));
        };
        self.version = self.version.max(Some(version));
        Ok(())
    }

    /// Records that a file needs at least this version to contain this line.
    fn mark_as_new(&mut self, version: usize, number: usize) {
        self.first_lines[version].get_or_insert(number);
    }

    /// Reads the words after `quota`.
    fn read_quota(&mut self, number: usize, words: &[Word]) -> Result<(), String> {
        let (limits, rest) = LimitWords::read(words)?;
        if let Some(word) = rest.first() {
            return Err(format!(
                "unexpected {:?}; write the limits of a higher tier as in `from Plus 60/minute`",
                word.text
            ));
        }
        self.mark_as_new(3, number);
        match &self.quota {
            Some((first, quota)) if *quota != limits => Err(format!(
                "lines {first} and {number} both state the quota; keep one of them"
            )),
            _ => {
                self.quota = Some((number, limits));
                Ok(())
            }
        }
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
        let mut need = need_of_tier(&words[3]);
        if need.tier.is_none() || !options.is_empty() {
            self.mark_as_new(2, number);
        }
        let (mut limits, mut cost) = (None, None);
        while let [option, values @ ..] = options {
            if let Some(rest) = read_option(&mut need, options)? {
                options = rest;
                continue;
            }
            options = match (option.option_name(), values) {
                (Some(LIMIT), values) if limits.is_none() => {
                    self.mark_as_new(3, number);
                    let (read, rest) = LimitWords::read(values)?;
                    limits = Some(read);
                    rest
                }
                (Some(COST), [units, rest @ ..]) if cost.is_none() => {
                    self.mark_as_new(3, number);
                    let read = units.text.parse::<u32>();
                    cost =
                        Some(read.map_err(|_| format!("expected a cost, found {:?}", units.text))?);
                    rest
                }
                _ => {
                    return Err(format!(
                        "unexpected {:?}; after the endpoint's name, write `feature KEY`, `or_feature KEY`, `until_version VERSION TIER`, `enforced TIER`, `limit LIMITS`, `from TIER LIMITS` or `cost UNITS`",
                        option.text
                    ));
                }
            };
        }
        let name = words[4].text.as_str();
        let mut row = endpoint_row(words, name, module, AccessRow::Gated(need))?;
        row.cost = cost.unwrap_or(1);
        self.endpoints.push(EndpointLine {
            number,
            row,
            limits,
        });
        Ok(())
    }

    fn into_snapshot(self) -> Result<Snapshot, SnapshotError> {
        let Some(version) = self.version else {
            return Err(SnapshotError::new(
                "not a lock file: the line `version 2` is missing",
            ));
        };
        let newer_lines = (0..).zip(self.first_lines).skip(version + 1);
        let newer_lines = newer_lines.filter_map(|(needed, number)| Some((needed, number?)));
        if let Some((needed, number)) = newer_lines.max_by_key(|(needed, _)| *needed) {
            return Err(SnapshotError::new(format!(
                "line {number}: a file of version {version} can't contain this line; change the version to {needed}"
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
        let in_line = |number: usize| {
            move |problem: String| SnapshotError::new(format!("line {number}: {problem}"))
        };
        let (number, quota) = self.quota.unzip();
        let quota = declared.limits(quota, None);
        let quota = quota.map_err(in_line(number.unwrap_or_default()))?;
        let mut endpoints: Vec<EndpointRow> = Vec::with_capacity(self.endpoints.len());
        let mut endpoint_positions = HashMap::new();
        for line in self.endpoints {
            let (number, mut row) = (line.number, line.row);
            if let AccessRow::Gated(need) = &mut row.access {
                declared
                    .complete(need)
                    .and_then(|()| need.check().map_err(str::to_owned))
                    .map_err(in_line(number))?;
                let limits = declared.limits(line.limits, need.lowest_enforced_tier());
                row.limits = limits.map_err(in_line(number))?;
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
                            "lines {first_number} and {number} describe the same {}; keep one of them",
                            if row.is_event() { "event" } else { "endpoint" }
                        )));
                    }
                }
            }
        }
        let (events, endpoints) = endpoints.into_iter().partition(EndpointRow::is_event);
        let snapshot = Snapshot {
            tiers,
            features: self.features,
            quota,
            endpoints,
            events,
        };
        limits::check(&snapshot)?;
        Ok(snapshot)
    }
}

/// Creates the endpoint in a line, without limits.
fn endpoint_row(
    words: &[Word],
    name: &str,
    module: Option<&Word>,
    access: AccessRow,
) -> Result<EndpointRow, String> {
    let (path, method) = (words[1].unless_missing(), words[2].unless_missing());
    Ok(EndpointRow {
        name: name.to_owned(),
        is_event: false,
        route: EndpointRow::checked_route(method, path)?,
        access,
        limits: LimitRows::default(),
        cost: 1,
        summary: String::new(),
        module: module.map(|word| word.text.clone()).unwrap_or_default(),
        is_deprecated: false,
    })
}

fn is_conflict_marker(word: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| word.starts_with(marker))
}
