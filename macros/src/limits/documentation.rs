//! Describes limits in a handler's documentation.

use super::cost::CostOption;
use super::option::Policies;
use super::policy_text::PolicyText;

/// Returns the sentence about a handler's limits.
pub(crate) fn limits_sentence(policies: &Policies) -> String {
    match policies {
        Policies::OfEveryTier(_, PolicyText::Unlimited) => "Calls are unlimited.".to_owned(),
        Policies::OfEveryTier(_, policy) => format!("Limit per caller: {}.", shown(policy)),
        Policies::ByTier(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| {
                    format!(
                        "{} from the tier `{}`",
                        shown(&entry.policy),
                        entry.variant()
                    )
                })
                .collect();
            format!("Limits per caller: {}.", entries.join(", "))
        }
    }
}

/// Returns the sentence about a handler's cost.
pub(crate) fn cost_sentence(cost: &CostOption) -> String {
    match cost.units {
        0 => "A call takes nothing from the catalogue's quota.".to_owned(),
        1 => "A call takes 1 unit of the catalogue's quota.".to_owned(),
        units => format!("A call takes {units} units of the catalogue's quota."),
    }
}

fn shown(policy: &PolicyText) -> String {
    match policy {
        PolicyText::Unlimited => "unlimited".to_owned(),
        PolicyText::Limited(limits) => {
            let limits: Vec<_> = limits.iter().map(|limit| format!("`{limit}`")).collect();
            limits.join(" and ")
        }
    }
}
