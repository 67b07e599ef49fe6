//! Generates the part of a record that contains a handler's limits and its cost.

use super::options::HandlerOptions;
use crate::limits::records::PolicyRecords;
use crate::requirement::model::{FeatureRule, Requirement};
use crate::syntax::variants::rank_of_tier;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

/// Returns the `LimitsRecord` of a gated handler, or `None` if the handler has neither limits nor a cost.
/// `alias` is the name of the alias that refers to the tier enum.
pub(super) fn limits_record(
    options: &HandlerOptions,
    requirement: &Requirement,
    alias: &str,
    hidden_type: &Ident,
    krate: &TokenStream,
) -> Option<TokenStream> {
    let (limit, cost) = (options.limit.get(), options.cost.get());
    if limit.is_none() && cost.is_none() {
        return None;
    }
    let tiers = quote!(#krate::__private::Tiers::of::<#hidden_type>());
    let records = PolicyRecords {
        krate,
        tier_enum: alias,
        lowest_rank: lowest_rank(requirement, alias, &tiers, krate),
        tiers,
    };
    let (statements, policies) = limit
        .map(|limit| records.statements(&limit.policies))
        .unwrap_or_default();
    let cost = cost.map_or(1, |cost| cost.units);
    Some(quote! {
        const {
            #statements
            #krate::__private::LimitsRecord {
                policies: &[#(#policies),*],
                cost: #cost,
            }
        }
    })
}

/// Returns the rank of the lowest tier whose callers may call the handler.
fn lowest_rank(
    requirement: &Requirement,
    alias: &str,
    tiers: &TokenStream,
    krate: &TokenStream,
) -> TokenStream {
    match requirement.feature {
        Some((FeatureRule::OrTier | FeatureRule::FeatureOnly, _)) => {
            return quote!(#tiers.lowest_rank());
        }
        Some((FeatureRule::AndTier, _)) | None => {}
    }
    let required = Path::from(requirement.variant.clone());
    let versions = requirement.versions.iter().map(|(_, tier)| tier);
    let lower_tiers = versions.chain(&requirement.enforced);
    let lower_ranks = lower_tiers.map(|tier| rank_of_tier(tier, alias));
    let required = rank_of_tier(&required, alias);
    quote!(#krate::__private::lowest_of(&[#required #(, #lower_ranks)*]))
}
