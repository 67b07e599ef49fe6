//! A valid endpoint: who may call it, its name and its route.

use crate::route::Route;
use crate::syntax::spans::error_span;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

/// An endpoint whose options are valid.
pub(super) struct Endpoint {
    pub(super) access: Access,
    pub(super) name: String,
    pub(super) route: Option<Route>,
}

/// The callers that an endpoint accepts.
pub(super) enum Access {
    /// Callers with at least this tier. The fields contain the path of the tier enum, and the variant.
    Tier(TokenStream, Ident),
    /// Everyone. The string states why the endpoint is public.
    Public(String),
}

impl Access {
    /// Splits a tier's path into its enum and its variant. `Plus` is short for `Tier::Plus`.
    pub(super) fn from_tier(tier: &Path) -> Option<Self> {
        let segments: Vec<_> = tier.segments.iter().map(|segment| &segment.ident).collect();
        let (variant, enum_segments) = segments.split_last()?;
        let leading_colon = tier.leading_colon;
        let tier_enum = if enum_segments.is_empty() {
            let default_enum = Ident::new("Tier", error_span(variant.span()));
            quote!(#default_enum)
        } else {
            quote!(#leading_colon #(#enum_segments)::*)
        };
        Some(Self::Tier(tier_enum, (*variant).clone()))
    }
}
