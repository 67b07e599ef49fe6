//! Generates the records of limits and quotas.

use super::option::{Policies, TierPolicy};
use super::policy_text::{PolicyText, gives_less};
use crate::syntax::spans::{error_span, local_variable};
use crate::syntax::variants::{located_at, rank_of_tier};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// The generated code that a record of limits needs from its surroundings.
pub(crate) struct PolicyRecords<'a> {
    /// The path of `tiergate`.
    pub(crate) krate: &'a TokenStream,
    /// The name of an alias that refers to the tier enum.
    pub(crate) tier_enum: &'a str,
    /// An expression for the `Tiers` of this enum.
    pub(crate) tiers: TokenStream,
    /// An expression for the rank of the lowest tier to which the limits apply.
    pub(crate) lowest_rank: TokenStream,
}

impl PolicyRecords<'_> {
    /// Returns the statements that check the policies and store them in variables, and the names of
    /// these variables.
    pub(crate) fn statements(&self, policies: &Policies) -> (TokenStream, Vec<Ident>) {
        match policies {
            Policies::OfEveryTier(_, policy) => {
                let variable = policy_variable(0);
                let record = self.record(policy, &self.lowest_rank);
                (quote!(let #variable = #record;), vec![variable])
            }
            Policies::ByTier(entries) => {
                let statements = entries.iter().enumerate().map(|(position, entry)| {
                    let variable = policy_variable(position);
                    let checked = self.checked_record(entry, &entries[..position]);
                    quote!(let #variable = #checked;)
                });
                let variables = (0..entries.len()).map(policy_variable);
                (statements.collect(), variables.collect())
            }
        }
    }

    /// Returns a call to the function that checks an entry at compile time. `lower_entries` contains the
    /// entries before it.
    fn checked_record(&self, entry: &TierPolicy, lower_entries: &[TierPolicy]) -> TokenStream {
        let (tiers, lowest_rank) = (&self.tiers, &self.lowest_rank);
        let tier_span = error_span(entry.tier.span());
        let krate = located_at(self.krate, tier_span);
        let record = self.record(&entry.policy, &rank_of_tier(&entry.tier, self.tier_enum));
        match lower_entries.len().checked_sub(1).map(policy_variable) {
            None => quote_spanned! {tier_span=>
                #krate::__private::first_policy(#record, #lowest_rank, #tiers)
            },
            Some(lower) => {
                let less = less_than_lower_tier(entry, lower_entries).unwrap_or_default();
                quote_spanned! {tier_span=>
                    #krate::__private::next_policy(#record, &#lower, #less, #tiers)
                }
            }
        }
    }

    fn record(&self, policy: &PolicyText, rank: &TokenStream) -> TokenStream {
        let krate = self.krate;
        let limits = match policy {
            PolicyText::Unlimited => &[][..],
            PolicyText::Limited(limits) => limits,
        };
        let windows = limits.iter().map(|limit| {
            let (amount, seconds) = (limit.amount, limit.seconds);
            quote!(#krate::__private::WindowRecord { amount: #amount, seconds: #seconds })
        });
        let unlimited = *policy == PolicyText::Unlimited;
        quote! {
            #krate::__private::PolicyRecord {
                windows: &[#(#windows),*],
                rank: #rank,
                unlimited: #unlimited,
            }
        }
    }
}

/// Returns the message for an entry that gives less than an earlier entry.
fn less_than_lower_tier(entry: &TierPolicy, lower_entries: &[TierPolicy]) -> Option<String> {
    lower_entries.iter().rev().find_map(|lower| {
        let difference = gives_less(&lower.policy, &entry.policy)?;
        let (variant, lower) = (entry.variant(), lower.variant());
        Some(format!(
            "`{variant}` gets less than `{lower}`, {difference}; give a higher tier at least as much"
        ))
    })
}

fn policy_variable(position: usize) -> Ident {
    local_variable(&format!("__tiergate_policy_{position}"))
}
