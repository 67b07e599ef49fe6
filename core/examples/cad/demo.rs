//! The demo communities, as the server lists them when it starts.

use crate::Tier;
use crate::billing::Subscriptions;
use crate::store::{self, DEMO_COMMUNITIES};
use humantime::format_rfc3339_seconds;
use std::time::SystemTime;
use tiergate::Caller;
use tiergate::source::{ApiKey, TierSource};

/// Returns a line for each demo community whose key works. The database stores only hashes of keys.
pub(crate) async fn lines(subscriptions: &Subscriptions) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, _) in DEMO_COMMUNITIES {
        let key = store::demo_key(id);
        let found = subscriptions
            .cached
            .find(&ApiKey::new(&*key).with_claimed_id(id))
            .await;
        if let Some(plan) = found.ok().and_then(|caller| plan_text(&caller)) {
            lines.push(format!("community {id}, key {key}, {plan}"));
        }
    }
    lines
}

/// Describes the plan of a demo community, or returns `None` if it has no subscription.
pub(crate) fn plan_text(caller: &Caller<Tier>) -> Option<String> {
    let now = SystemTime::now();
    let tier = caller.tier_at(now)?.name();
    let end = caller.ends_at();
    if end.is_some_and(|end| end <= now) {
        return Some(format!("tier {tier}"));
    }
    let end = end.map(|end| {
        let then = caller.next_tier().map_or("no tier", Tier::name);
        format!(" until {}, then {then}", format_rfc3339_seconds(end))
    });
    let mut parts = vec![format!("tier {tier}{}", end.unwrap_or_default())];
    let add_ons = caller.features().iter();
    parts.extend(add_ons.map(|add_on| format!("add-on {}", add_on.name())));
    Some(parts.join(", "))
}
