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
            Policies::OfEveryTier(policy) => {
                let variable = policy_variable(0);
                let record = self.record(policy, &self.lowest_rank);
                (quote!(let #variable = #record;), vec![variable])
            }
            Policies::ByTier(entries) => {
                let statements = (0..).zip(entries).map(|(position, entry)| {
                    let variable = policy_variable(position);
                    let lower = entries.get(position.wrapping_sub(1));
                    let checked = self.checked_record(entry, lower, position);
                    quote!(let #variable = #checked;)
                });
                let variables = (0..entries.len()).map(policy_variable);
                (statements.collect(), variables.collect())
            }
        }
    }

    /// Returns a call of the function that checks an entry at compile time. `lower` is the entry in
    /// front of it.
    fn checked_record(
        &self,
        entry: &TierPolicy,
        lower: Option<&TierPolicy>,
        position: usize,
    ) -> TokenStream {
        let (tiers, lowest_rank) = (&self.tiers, &self.lowest_rank);
        let tier_span = error_span(entry.tier.span());
        let krate = located_at(self.krate, tier_span);
        let record = self.record(&entry.policy, &rank_of_tier(&entry.tier, self.tier_enum));
        match lower {
            None => quote_spanned! {tier_span=>
                #krate::__private::first_policy(#record, #lowest_rank, #tiers)
            },
            Some(lower) => {
                let lower_variable = policy_variable(position - 1);
                let less = gives_less(&lower.policy, &entry.policy).unwrap_or_default();
                quote_spanned! {tier_span=>
                    #krate::__private::next_policy(&#lower_variable, #record, #less, #tiers)
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

fn policy_variable(position: usize) -> Ident {
    local_variable(&format!("policy_{position}"))
}
