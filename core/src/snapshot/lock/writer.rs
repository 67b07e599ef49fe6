//! Writes lock files.

use super::limit_words::{QUOTA, push_limits};
use super::words::{
    ALIAS, COST, ENFORCED, FEATURE, LIMIT, OR_FEATURE, UNTIL_VERSION, to_module_word, to_word,
};
use crate::endpoint::need::FeatureRule;
use crate::snapshot::Snapshot;
use crate::snapshot::need_row::NeedRow;
use crate::snapshot::quoting::quoted;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};

const HEADER: &str = "\
# The tier that each endpoint requires. A test compares the program with this file.
# To accept a change, run: TIERGATE_UPDATE=1 cargo test
# To merge branches without conflicts, add to .gitattributes: tiers.lock merge=union
";

impl Snapshot {
    /// Returns the lock file's text. See
    /// [`Catalogue::assert_locked`](crate::Catalogue::assert_locked).
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let text = "\
    /// version 2
    /// tier 0 Free
    /// tier 3 Team alias Plus
    /// feature radio Radio
    /// open /health GET health \"health checks have no account\"
    /// gate /transmit POST - transmit feature radio
    /// gate /units POST Team new_unit or_feature radio
    /// gate /units/{id} GET Team unit until_version 2 Free
    /// ";
    /// let snapshot = Snapshot::from_lock(text)?;
    /// assert!(snapshot.to_lock().ends_with(text));
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    ///
    /// `limit 60/minute` states the limits of the lowest tier that may call the endpoint, and `from Plus
    /// unlimited` those of a higher tier. Only the lock file of a catalogue with limits, costs or a quota
    /// has the version 3:
    ///
    /// ```
    /// # use tiergate::Snapshot;
    /// let text = "\
    /// version 3
    /// tier 0 Free
    /// tier 3 Plus
    /// quota 100/day from Plus \"60/minute; 5000/day\"
    /// gate /export POST Plus export limit 10/minute cost 20
    /// gate /units GET Free units limit 60/minute from Plus unlimited
    /// ";
    /// let snapshot = Snapshot::from_lock(text)?;
    /// assert!(snapshot.to_lock().ends_with(text));
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn to_lock(&self) -> String {
        let mut lines: Vec<_> = self.endpoints.iter().map(endpoint_line).collect();
        // Public endpoints come first, where reviewers notice them. The public and the gated endpoints
        // form two lists, each sorted by path. An endpoint's line therefore stays in its place when the
        // endpoint's tier changes.
        lines.sort_by(|left, right| right[0].cmp(&left[0]).then_with(|| left.cmp(right)));
        let tiers = self.tiers.iter().map(tier_line);
        let features = self.features.iter().map(|feature| {
            vec![
                FEATURE.to_owned(),
                to_word(&feature.key),
                to_word(&feature.name),
            ]
        });
        let quota = (!self.quota.is_empty()).then(|| {
            let mut words = Vec::new();
            push_limits(&mut words, QUOTA, &self.quota);
            words
        });
        let version = if self.has_limits() { 3 } else { 2 };
        let mut text = format!("{HEADER}version {version}\n");
        for line in tiers.chain(features).chain(quota).chain(lines) {
            text.push_str(&line.join(" "));
            text.push('\n');
        }
        text
    }
}

fn tier_line(tier: &TierRow) -> Vec<String> {
    let mut words = vec![
        "tier".to_owned(),
        tier.rank.to_string(),
        to_word(&tier.name),
    ];
    let mut aliases = tier.aliases().map(to_word).peekable();
    if aliases.peek().is_some() {
        words.push(ALIAS.to_owned());
        words.extend(aliases);
    }
    words
}

/// Returns the words of an endpoint's line. `to_lock` sorts the lines by these words.
fn endpoint_line(row: &EndpointRow) -> Vec<String> {
    let (method, path) = match &row.route {
        Some((method, path)) => (to_word(method), to_word(path)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let name = to_word(&row.name);
    let mut words = match &row.access {
        AccessRow::Public { reason } => vec!["open".to_owned(), path, method, name, quoted(reason)],
        AccessRow::Gated(need) => {
            let tier = need.tier.as_ref();
            let tier = tier.map_or_else(|| "-".to_owned(), |tier| to_word(&tier.name));
            vec!["gate".to_owned(), path, method, tier, name]
        }
    };
    // An endpoint without a route is identified by its module and name, so its line contains the module
    // too.
    if row.route.is_none() && !row.module.is_empty() {
        words.push(to_module_word(&row.module));
    }
    if let AccessRow::Gated(need) = &row.access {
        push_options(&mut words, need);
        push_limits(&mut words, LIMIT, &row.limits);
        if row.cost != 1 {
            words.extend([COST.to_owned(), row.cost.to_string()]);
        }
    }
    words
}

/// Adds the options of a requirement, with the same names as in the attribute.
fn push_options(words: &mut Vec<String>, need: &NeedRow) {
    if let Some(feature) = &need.feature {
        let option = match need.rule {
            FeatureRule::OrTier => OR_FEATURE,
            _ => FEATURE,
        };
        words.extend([option.to_owned(), to_word(&feature.key)]);
    }
    for version in &need.versions {
        let (below, tier) = (version.below.to_string(), to_word(&version.tier.name));
        words.extend([UNTIL_VERSION.to_owned(), below, tier]);
    }
    if let Some(tier) = &need.enforced {
        words.extend([ENFORCED.to_owned(), to_word(&tier.name)]);
    }
}
