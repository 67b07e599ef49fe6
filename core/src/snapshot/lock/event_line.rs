//! Writes and reads the lines of events, such as `event EVENT_UNIT_STATUS Plus`.

use super::requirement_words::{need_of_tier, push_options, read_option, tier_word};
use super::words::{Word, to_word};
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::rows::{AccessRow, EndpointRow};

/// The first word of an event's line.
pub(super) const EVENT: &str = "event";

/// Returns the words of an event's line. The name comes first, so a change of the tier doesn't move the line.
pub(super) fn event_line(row: &EndpointRow) -> Vec<String> {
    let mut words = vec![EVENT.to_owned(), to_word(&row.name)];
    if let AccessRow::Gated(need) = &row.access {
        words.push(tier_word(need));
        push_options(&mut words, need);
    }
    words
}

/// Reads the words after `event`.
pub(super) fn read_event(
    name: &Word,
    tier: &Word,
    options: &[Word],
) -> Result<EndpointRow, String> {
    let mut need = need_of_tier(tier);
    let mut unread = options;
    while let [option, ..] = unread {
        unread = read_option(&mut need, unread)?.ok_or_else(|| {
            format!(
                "unexpected {:?}; after the event's tier, write `feature KEY`, `or_feature KEY`, `until_version VERSION TIER` or `enforced TIER`",
                option.text
            )
        })?;
    }
    Ok(EndpointRow {
        name: name.text.clone(),
        is_event: true,
        route: None,
        access: AccessRow::Gated(need),
        limits: LimitRows::default(),
        cost: 1,
        summary: String::new(),
        module: String::new(),
        is_deprecated: false,
    })
}
