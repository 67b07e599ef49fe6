//! Generates a call to the macro that expands to the hidden type and the record of a gated handler or an
//! event.

use super::hidden_type::HiddenType;
use super::need_record::need_record;
use super::record_fields::RecordFields;
use crate::requirement::model::Requirement;
use crate::syntax::crate_path::{crate_path, crate_path_between};
use crate::syntax::spans::{error_span, is_for_editor};
use crate::syntax::tokens::{in_braces, in_brackets};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;

/// A call to `__gated!` or, if only an add-on is required, `__gated_by_feature!`.
pub(crate) struct GatedMacro<'a> {
    /// The value of the `crate` option.
    pub(crate) krate: Option<&'a Path>,
    pub(crate) hidden_type: HiddenType<'a>,
    pub(crate) requirement: &'a Requirement,
    /// The name of the handler's form in `tiergate::__private::forms`.
    pub(crate) form: TokenStream,
    pub(crate) fields: RecordFields<'a>,
    /// The `LimitsRecord`, if a handler has limits or a cost.
    pub(crate) limits: Option<TokenStream>,
}

impl GatedMacro<'_> {
    pub(crate) fn call(self) -> TokenStream {
        let requirement = self.requirement;
        let variant = &requirement.variant;
        let alias_name = tier_enum_alias(self.hidden_type.name, variant);
        let tier_span = error_span(variant.span());
        let used_alias = Ident::new(&alias_name, tier_span);
        let associated_type = quote_spanned!(tier_span=> type Of = #used_alias;);
        // If the name in the alias's declaration had the user's span, the compiler would warn that the
        // name isn't in camel case.
        let declared_alias = Ident::new(&alias_name, Span::call_site());
        let mut tokens = self.hidden_type.into_tokens();
        tokens.extend([
            declared_alias.into(),
            in_brackets(requirement.tier_enum.clone()),
            in_brackets(associated_type),
        ]);
        if !requirement.is_only_a_feature() {
            tokens.push(variant.clone().into());
        }
        tokens.push(in_brackets(self.form));
        self.fields.push_tokens("", &mut tokens);
        if !requirement.is_only_a_tier() {
            let need = need_record(requirement, &alias_name, &crate_path(self.krate));
            tokens.extend(quote!(; #need));
        }
        if let Some(limits) = self.limits {
            tokens.extend(quote!(, limits #limits));
        }
        let macro_name = if requirement.is_only_a_feature() {
            "::__gated_by_feature!"
        } else {
            "::__gated!"
        };
        let mut macro_call = crate_path_between("", self.krate, macro_name);
        macro_call.extend([in_braces(tokens)]);
        macro_call
    }
}

/// Returns the name of the alias that refers to the tier enum, such as
/// `__tier_of__tiergate_export_Plus`.
///
/// The alias's name contains the variant of the tier or of the add-on. This avoids a second error if two
/// handlers with different variants have the same name. In an expansion for an editor, the alias's name omits
/// the tier. An editor compares two expansions with different tiers to complete an unfinished tier, and the
/// alias must have the same name in both expansions.
pub(crate) fn tier_enum_alias(hidden_type: &Ident, variant: &Ident) -> String {
    let alias_without_tier = format!("__tier_of{hidden_type}");
    if is_for_editor() {
        alias_without_tier
    } else {
        format!("{alias_without_tier}_{}", variant.unraw())
    }
}
