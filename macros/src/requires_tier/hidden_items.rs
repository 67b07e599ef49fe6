//! Generates the hidden items next to an annotated function: a hidden type, and the endpoint's record.

use super::annotated_function::{AnnotatedFunction, EnclosingItem};
use super::endpoint::{Access, Endpoint};
use super::limits_record::limits_record;
use super::need_record::need_record;
use super::options::HandlerOptions;
use super::requirement::Requirement;
use super::signature::Signature;
use crate::limits::feature_check::feature_check;
use crate::route::framework_features::feature_checks;
use crate::route::framework_macro;
use crate::syntax::cfg_attributes::cfg_attributes;
use crate::syntax::crate_path::{crate_path, crate_path_between};
use crate::syntax::deprecation::{self, Deprecation, deprecation};
use crate::syntax::hidden_type_names::{
    gated_function_base, hidden_type_name, public_function_base,
};
use crate::syntax::spans::{error_span, is_for_editor};
use crate::syntax::tokens::{in_braces, in_brackets, lexed};
use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;

/// Returns the name of the hidden type that is generated next to a function.
pub(super) fn hidden_type_of_function(
    function: &AnnotatedFunction<'_>,
    endpoint: &Endpoint,
) -> Ident {
    let function_name = function.signature.name.unraw();
    let base = match (function.enclosing_item, &endpoint.access) {
        (EnclosingItem::Module, _) => function_name,
        (EnclosingItem::ImplBlock(block), Access::Public(_)) => {
            public_function_base(block.self_type, &function_name)
        }
        (EnclosingItem::ImplBlock(block), Access::Gated(_)) => {
            gated_function_base(block.self_type, block.head, &function_name)
        }
    };
    hidden_type_name(&base)
}

/// Returns the hidden items that are generated next to a function.
pub(super) fn hidden_items(
    function: &AnnotatedFunction<'_>,
    endpoint: &Endpoint,
    hidden_type: &Ident,
) -> TokenStream {
    let hidden_items = HiddenItems {
        signature: &function.signature,
        endpoint,
        options: &function.options,
        krate: function.options.crate_path.get(),
        hidden_type,
    };
    hidden_items.all_items()
}

struct HiddenItems<'a> {
    signature: &'a Signature,
    endpoint: &'a Endpoint,
    options: &'a HandlerOptions,
    /// The value of the `crate` option.
    krate: Option<&'a Path>,
    /// The name of the hidden type.
    hidden_type: &'a Ident,
}

impl HiddenItems<'_> {
    fn all_items(&self) -> TokenStream {
        let mut items = TokenStream::new();
        if self.endpoint.access.is_gated() {
            let krate = crate_path(self.krate);
            items.extend(feature_checks(&self.signature.attributes, &krate));
            items.extend(self.quota_feature_check(&krate));
        }
        match deprecation(&self.signature.attributes) {
            Deprecation::Never => items.extend(self.type_and_record(None, false)),
            Deprecation::Always => items.extend(self.type_and_record(None, true)),
            Deprecation::If(predicate) => {
                items.extend(self.type_and_record(Some(quote!(#[cfg(#predicate)])), true));
                items.extend(self.type_and_record(Some(quote!(#[cfg(not(#predicate))])), false));
            }
        }
        items
    }

    /// Returns a check that the feature for the handler's limit or cost is enabled.
    fn quota_feature_check(&self, krate: &TokenStream) -> Option<TokenStream> {
        let limit = self.options.limit.get().map(|limit| &limit.key);
        let key = limit.or_else(|| self.options.cost.get().map(|cost| &cost.key))?;
        let cfgs = cfg_attributes(&self.signature.attributes);
        let check = feature_check(key, krate);
        Some(quote!(#(#cfgs)* #check))
    }

    /// Returns the function's hidden type and record. `condition` is a `#[cfg]` attribute for both of
    /// these items.
    fn type_and_record(&self, condition: Option<TokenStream>, is_deprecated: bool) -> TokenStream {
        let type_tokens = self.hidden_type_tokens(condition);
        match &self.endpoint.access {
            Access::Gated(requirement) => {
                self.gated_macro_call(requirement, type_tokens, is_deprecated)
            }
            Access::Public(reason) => self.public_macro_call(reason, type_tokens, is_deprecated),
        }
    }

    /// Returns a call of the macro that expands to a gated function's hidden items. This is `__gated!`
    /// or, if only an add-on is required, `__gated_by_feature!`.
    fn gated_macro_call(
        &self,
        requirement: &Requirement,
        mut tokens: Vec<TokenTree>,
        is_deprecated: bool,
    ) -> TokenStream {
        let parameters_form = self.signature.parameters.form(&crate_path(self.krate));
        let variant = &requirement.variant;
        let alias_name = self.tier_enum_alias(variant);
        let tier_span = error_span(variant.span());
        let used_alias = Ident::new(&alias_name, tier_span);
        let associated_type = quote_spanned!(tier_span=> type Of = #used_alias;);
        // If the name in the alias's declaration had the user's span, the compiler would warn that the
        // name isn't in camel case.
        let declared_alias = Ident::new(&alias_name, Span::call_site());
        tokens.extend([
            declared_alias.into(),
            in_brackets(requirement.tier_enum.clone()),
            in_brackets(associated_type),
        ]);
        if !requirement.is_only_a_feature() {
            tokens.push(variant.clone().into());
        }
        tokens.push(in_brackets(parameters_form));
        self.push_record_tokens("", "", is_deprecated, &mut tokens);
        if !requirement.is_only_a_tier() {
            let need = need_record(requirement, &alias_name, &crate_path(self.krate));
            tokens.extend(quote!(; #need));
        }
        if let Some(limits) = self.limits_record(requirement, &alias_name) {
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

    /// Returns the handler's `LimitsRecord`, or `None` if the handler has neither limits nor a cost.
    fn limits_record(&self, requirement: &Requirement, alias: &str) -> Option<TokenStream> {
        let krate = crate_path(self.krate);
        limits_record(self.options, requirement, alias, self.hidden_type, &krate)
    }

    /// Returns the name of the alias that refers to the tier enum, such as
    /// `__tier_of__tiergate_export_Plus`.
    ///
    /// The alias's name contains the variant of the tier or of the add-on. This avoids a second error if
    /// two handlers with different variants have the same name. In an expansion for an editor, the alias's name omits the tier. To
    /// complete an unfinished tier, an editor compares two expansions with different tiers, and the
    /// alias must have the same name in both expansions.
    fn tier_enum_alias(&self, variant: &Ident) -> String {
        let alias_without_tier = format!("__tier_of{}", self.hidden_type);
        if is_for_editor() {
            alias_without_tier
        } else {
            format!("{alias_without_tier}_{}", variant.unraw())
        }
    }

    /// Returns a call of `__public!`, the macro that expands to a public function's hidden items.
    fn public_macro_call(
        &self,
        reason: &str,
        mut tokens: Vec<TokenTree>,
        is_deprecated: bool,
    ) -> TokenStream {
        self.push_record_tokens(
            &reason.len().to_string(),
            reason,
            is_deprecated,
            &mut tokens,
        );
        let mut macro_call = crate_path_between("", self.krate, "::__public!");
        macro_call.extend([in_braces(tokens)]);
        macro_call
    }

    /// Returns the tokens with which a call of `__gated!` or `__public!` starts: the hidden type's
    /// attributes, visibility and name.
    fn hidden_type_tokens(&self, condition: Option<TokenStream>) -> Vec<TokenTree> {
        let mut type_attributes = condition.unwrap_or_default();
        for cfg in cfg_attributes(&self.signature.attributes) {
            cfg.to_tokens(&mut type_attributes);
        }
        // Copies the user's `#[allow(deprecated)]` attributes, because the hidden items refer to the
        // tier, and the tier may be deprecated.
        for allow in deprecation::allow_deprecated_attributes(&self.signature.attributes) {
            allow.to_tokens(&mut type_attributes);
        }
        vec![
            in_brackets(type_attributes),
            in_brackets(self.signature.visibility.clone()),
            self.hidden_type.clone().into(),
        ]
    }

    /// Returns `NAMED_GUARD_BIT` if the handler's body can use its guard, and 0 otherwise.
    fn named_guard_bit(&self) -> usize {
        if self.options.guard.get().is_some() {
            NAMED_GUARD_BIT
        } else {
            0
        }
    }

    /// Returns `CONSTRAINED_BIT` if the framework's route macro checks more than the HTTP method and
    /// the path, and 0 otherwise.
    fn constrained_bit(&self) -> usize {
        let is_constrained = framework_macro::is_route_constrained(&self.signature.attributes);
        if self.endpoint.route.is_some() && is_constrained {
            CONSTRAINED_BIT
        } else {
            0
        }
    }

    /// Adds the tokens with which a call of `__gated!` or `__public!` ends: the fields of the record.
    fn push_record_tokens(
        &self,
        first_field: &str,
        reason: &str,
        is_deprecated: bool,
        tokens: &mut Vec<TokenTree>,
    ) {
        let name = &self.endpoint.name;
        let (method, path) = match &self.endpoint.route {
            Some(route) => (route.method.to_uppercase(), route.template.as_str()),
            None => ("NONE".to_owned(), ""),
        };
        let summary = self.signature.documentation.summary();
        tokens.extend(lexed(&format!(
            "{first_field} {method} {} {} {}",
            name.len() | self.named_guard_bit(),
            path.len() | self.constrained_bit(),
            summary.len() | if is_deprecated { DEPRECATED_BIT } else { 0 }
        )));
        let record_text = [name, path, &summary, reason].concat();
        tokens.push(Literal::string(&record_text).into());
        // `line!` and `file!` return the position of the span that they have. The record must contain
        // the position of the handler's name, so both macros get the span of this name.
        let name_span = error_span(self.signature.name.span());
        tokens.extend(quote_spanned!(name_span=> ::core::line!(), ::core::file!()));
    }
}

/// The bit that marks a handler whose guard has a name. The record stores this bit together with the name's
/// length, which is always less than `0x8000`. `tiergate::Endpoint` reads the bit.
const NAMED_GUARD_BIT: usize = 0x8000;
/// The bit that marks a constrained route. The record stores this bit together with the path's length,
/// which is always less than `0x8000`. `tiergate::Endpoint` reads the bit.
const CONSTRAINED_BIT: usize = 0x8000;
/// The bit that marks a deprecated handler. The record stores this bit together with the summary's
/// length, which is always less than `0x8000`. `tiergate::Endpoint` reads the bit.
const DEPRECATED_BIT: usize = 0x8000;
