//! Describes limits in a handler's documentation.

use super::cost::CostOption;
use super::option::Policies;
use super::policy_text::PolicyText;
use quote::ToTokens;
use syn::ext::IdentExt;

/// Returns the sentence about a handler's limits.
pub(crate) fn limits_sentence(policies: &Policies) -> String {
    match policies {
        Policies::OfEveryTier(PolicyText::Unlimited) => {
            "The number of calls is unlimited.".to_owned()
        }
        Policies::OfEveryTier(policy) => format!("Each caller is limited to {}.", shown(policy)),
        Policies::ByTier(entries) => {
            let entries = entries.iter().map(|entry| {
                let tier = entry.tier.segments.last();
                let tier = tier.map(|tier| tier.ident.unraw().to_token_stream().to_string());
                format!("`{}` {}", tier.unwrap_or_default(), shown(&entry.policy))
            });
            let entries: Vec<_> = entries.collect();
            format!("Limits from each tier upwards: {}.", entries.join(", "))
        }
    }
}

/// Returns the sentence about a handler's cost.
pub(crate) fn cost_sentence(cost: &CostOption) -> String {
    match cost.units {
        0 => "Calls take nothing from the catalogue's quota.".to_owned(),
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
