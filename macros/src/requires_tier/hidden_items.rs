//! Generates the hidden items next to an annotated function: a hidden type, and the endpoint's record.

use super::annotated_function::{AnnotatedFunction, EnclosingItem};
use super::endpoint::{Access, Endpoint};
use super::limits_record::limits_record;
use super::options::HandlerOptions;
use super::signature::Signature;
use crate::limits::feature_check::feature_check;
use crate::record::gated_macro::{GatedMacro, tier_enum_alias};
use crate::record::hidden_type::HiddenType;
use crate::record::record_fields::RecordFields;
use crate::requirement::model::Requirement;
use crate::route::framework_features::feature_checks;
use crate::route::framework_macro;
use crate::syntax::cfg_attributes::cfg_attributes;
use crate::syntax::crate_path::{crate_path, crate_path_between};
use crate::syntax::deprecation::{self, Deprecation, deprecation};
use crate::syntax::hidden_type_names::{
    gated_function_base, hidden_type_name, public_function_base,
};
use crate::syntax::tokens::in_braces;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};
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
        let hidden_type = HiddenType {
            attributes: self.hidden_type_attributes(condition),
            visibility: self.signature.visibility.clone(),
            name: self.hidden_type,
        };
        let (method, path) = match &self.endpoint.route {
            Some(route) => (route.method.to_uppercase(), route.template.as_str()),
            None => ("NONE".to_owned(), ""),
        };
        let attributes = &self.signature.attributes;
        let is_constrained =
            self.endpoint.route.is_some() && framework_macro::is_route_constrained(attributes);
        let fields = RecordFields {
            name: &self.endpoint.name,
            has_named_guard: self.options.guard.get().is_some(),
            method: &method,
            path,
            is_constrained,
            summary: &self.signature.documentation.summary(),
            is_deprecated,
            name_span: self.signature.name.span(),
        };
        match &self.endpoint.access {
            Access::Gated(requirement) => GatedMacro {
                krate: self.krate,
                hidden_type,
                requirement,
                form: self.signature.parameters.form(&crate_path(self.krate)),
                fields,
                limits: self.limits_record(requirement),
            }
            .call(),
            Access::Public(reason) => self.public_macro_call(reason, hidden_type, &fields),
        }
    }

    /// Returns the handler's `LimitsRecord`, or `None` if the handler has neither limits nor a cost.
    fn limits_record(&self, requirement: &Requirement) -> Option<TokenStream> {
        let krate = crate_path(self.krate);
        let alias = tier_enum_alias(self.hidden_type, &requirement.variant);
        limits_record(self.options, requirement, &alias, self.hidden_type, &krate)
    }

    /// Returns a call of `__public!`, the macro that expands to a public function's hidden items.
    fn public_macro_call(
        &self,
        reason: &str,
        hidden_type: HiddenType<'_>,
        fields: &RecordFields<'_>,
    ) -> TokenStream {
        let mut tokens = hidden_type.into_tokens();
        tokens.push(Literal::usize_unsuffixed(reason.len()).into());
        fields.push_tokens(reason, &mut tokens);
        let mut macro_call = crate_path_between("", self.krate, "::__public!");
        macro_call.extend([in_braces(tokens)]);
        macro_call
    }

    fn hidden_type_attributes(&self, condition: Option<TokenStream>) -> TokenStream {
        let mut type_attributes = condition.unwrap_or_default();
        for cfg in cfg_attributes(&self.signature.attributes) {
            cfg.to_tokens(&mut type_attributes);
        }
        // Copies the user's `#[allow(deprecated)]` attributes, because the hidden items refer to the
        // tier, and the tier may be deprecated.
        for allow in deprecation::allow_deprecated_attributes(&self.signature.attributes) {
            allow.to_tokens(&mut type_attributes);
        }
        type_attributes
    }
}
