//! Writes lock files.

use super::event_line::event_line;
use super::limit_words::{QUOTA, push_limits};
use super::requirement_words::{push_options, tier_word};
use super::words::{ALIAS, COST, FEATURE, LIMIT, to_module_word, to_word};
use crate::snapshot::Snapshot;
use crate::snapshot::quoting::quoted;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};

/// The comment at the start of a lock file, after its first sentence.
const HEADER: &str = "A test compares the program with this file.
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
    /// `limit 60/minute` states the limits of the lowest tier that may call the endpoint. `from Plus
    /// unlimited` states the limits of a higher tier. Only catalogues with limits, costs or a quota have lock
    /// files of version 3:
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
    ///
    /// The lines of events come last. Only catalogues with events have lock files of version 4:
    ///
    /// ```
    /// # use tiergate::Snapshot;
    /// let text = "\
    /// version 4
    /// tier 0 Free
    /// tier 3 Plus
    /// gate /units GET Free units
    /// event EVENT_CALL_NEW Plus until_version 2 Free
    /// event EVENT_UNIT_STATUS Plus
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
        let mut event_lines: Vec<_> = self.events.iter().map(event_line).collect();
        event_lines.sort();
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
        let version = match self {
            _ if !self.events.is_empty() => 4,
            _ if self.has_limits() => 3,
            _ => 2,
        };
        let subject = if self.events.is_empty() {
            "endpoint"
        } else {
            "endpoint and event"
        };
        let mut text =
            format!("# The tier that each {subject} requires. {HEADER}version {version}\n");
        let lines = lines.into_iter().chain(event_lines);
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
            vec!["gate".to_owned(), path, method, tier_word(need), name]
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
