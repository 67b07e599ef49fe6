//! Writes and reads the limits in a lock file's lines, such as `limit 10/minute from Plus unlimited`.

use super::words::{FROM, Word, to_word};
use crate::endpoint::limits::Limit;
use crate::endpoint::policy_text::{self, PolicyText};
use crate::snapshot::limit_rows::{LimitRow, LimitRows};
use crate::snapshot::need_row::RequiredTier;

/// The first word of the line with the catalogue's quota.
pub(super) const QUOTA: &str = "quota";

/// The limits in a line. The ranks of their tiers aren't known before the whole file is read.
#[derive(PartialEq, Eq)]
pub(super) struct LimitWords {
    /// The limits of the lowest tier. Empty if the tier is unlimited.
    lowest: Vec<Limit>,
    /// The limits from each tier upwards.
    of_tiers: Vec<(String, Vec<Limit>)>,
}

/// Adds the words for limits. The first word is `option`. Adds nothing if there are no limits.
pub(super) fn push_limits(words: &mut Vec<String>, option: &str, limits: &LimitRows) {
    for (position, row) in limits.as_slice().iter().enumerate() {
        match position {
            0 => words.push(option.to_owned()),
            _ => words.extend([FROM.to_owned(), to_word(row.tier())]),
        }
        words.push(to_word(&row.to_string()));
    }
}

impl LimitWords {
    /// Reads the words after `limit` or `quota`. Returns the limits and the remaining words.
    pub(super) fn read(words: &[Word]) -> Result<(Self, &[Word]), String> {
        let Some((text, mut rest)) = words.split_first() else {
            return Err("limits are missing; write them as in `60/minute`".to_owned());
        };
        let mut limits = Self {
            lowest: read_text(text)?,
            of_tiers: Vec::new(),
        };
        while let [option, tier, text, others @ ..] = rest
            && option.option_name() == Some(FROM)
        {
            limits.of_tiers.push((tier.text.clone(), read_text(text)?));
            rest = others;
        }
        Ok((limits, rest))
    }

    /// Converts the limits to rows. `lowest` is the lowest tier that may call the endpoint, and `rank`
    /// returns the rank of a tier.
    pub(super) fn into_rows(
        self,
        lowest: &RequiredTier,
        rank: impl Fn(&str) -> Result<u32, String>,
    ) -> Result<LimitRows, String> {
        let mut rows = vec![LimitRow::new(lowest.clone(), self.lowest)];
        for (name, limits) in self.of_tiers {
            let rank = rank(&name)?;
            rows.push(LimitRow::new(RequiredTier { name, rank }, limits));
        }
        LimitRows::check_ranks(&rows)?;
        Ok(LimitRows::new(rows, lowest))
    }
}

fn read_text(word: &Word) -> Result<Vec<Limit>, String> {
    match policy_text::parse(&word.text).map_err(|error| error.message)? {
        PolicyText::Unlimited => Ok(Vec::new()),
        PolicyText::Limited(limits) => Ok(limits.into_iter().map(Limit::of_text).collect()),
    }
}
