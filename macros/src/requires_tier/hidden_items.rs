//! The items next to an annotated function: a hidden type and the endpoint's record.

use super::access::Access;
use super::annotated_function::AnnotatedFunction;
use super::endpoint::Endpoint;
use super::place::Place;
use super::signature::Signature;
use crate::route::framework_features::feature_checks;
use crate::route::framework_macro;
use crate::syntax::cfg::cfg_attributes;
use crate::syntax::crate_path::{crate_path, crate_path_between};
use crate::syntax::deprecation::{self, Deprecation, deprecation};
use crate::syntax::editor_spans::{error_span, is_for_editor};
use crate::syntax::hidden_names;
use crate::syntax::tokens::{in_braces, in_brackets, lexed};
use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;

/// Returns the name of the hidden type of a function.
pub(super) fn hidden_type(function: &AnnotatedFunction<'_>, endpoint: &Endpoint) -> Ident {
    let name = function.signature.name.unraw();
    let named_for = match (function.place, &endpoint.access) {
        (Place::Module, _) => name,
        (Place::Impl(block), Access::Public(_)) => hidden_names::public_in(block.self_type, &name),
        (Place::Impl(block), Access::Tier(..)) => {
            hidden_names::gated_in(block.self_type, block.head, &name)
        }
    };
    hidden_names::hidden_type(&named_for)
}

/// Returns the items next to a function.
pub(super) fn hidden_items(
    function: &AnnotatedFunction<'_>,
    endpoint: &Endpoint,
    hidden: &Ident,
) -> TokenStream {
    let items = HiddenItems {
        signature: &function.signature,
        endpoint,
        krate: function.options.crate_path.get(),
        hidden,
    };
    items.all()
}

struct HiddenItems<'a> {
    signature: &'a Signature,
    endpoint: &'a Endpoint,
    /// The option `crate`.
    krate: Option<&'a Path>,
    /// The name of the hidden type.
    hidden: &'a Ident,
}

impl HiddenItems<'_> {
    fn all(&self) -> TokenStream {
        let mut items = TokenStream::new();
        if matches!(self.endpoint.access, Access::Tier(..)) {
            let krate = crate_path(self.krate);
            items.extend(feature_checks(&self.signature.attributes, &krate));
        }
        match deprecation(&self.signature.attributes) {
            Deprecation::Never => items.extend(self.record(None, false)),
            Deprecation::Always => items.extend(self.record(None, true)),
            Deprecation::If(predicate) => {
                items.extend(self.record(Some(quote!(#[cfg(#predicate)])), true));
                items.extend(self.record(Some(quote!(#[cfg(not(#predicate))])), false));
            }
        }
        items
    }

    /// The hidden type and its record, if the condition holds.
    fn record(&self, condition: Option<TokenStream>, is_deprecated: bool) -> TokenStream {
        let start = self.start(condition);
        match &self.endpoint.access {
            Access::Tier(of, variant) => self.gated(of, variant, start, is_deprecated),
            Access::Public(reason) => self.public(reason, start, is_deprecated),
        }
    }

    fn gated(
        &self,
        of: &TokenStream,
        variant: &Ident,
        mut tokens: Vec<TokenTree>,
        is_deprecated: bool,
    ) -> TokenStream {
        let form = self.signature.parameters.form(&crate_path(self.krate));
        let alias = self.alias(variant);
        let at = error_span(variant.span());
        let used = Ident::new(&alias, at);
        let tier = quote_spanned!(at=> type Of = #used;);
        // With the user's span, the compiler would ask for camel case.
        let declared = Ident::new(&alias, Span::call_site());
        tokens.extend([
            declared.into(),
            in_brackets(of.clone()),
            in_brackets(tier),
            variant.clone().into(),
            in_brackets(form),
        ]);
        self.end("", "", is_deprecated, &mut tokens);
        let mut items = crate_path_between("", self.krate, "::__gated!");
        items.extend([in_braces(tokens)]);
        items
    }

    /// Returns the name of the alias for the tier enum: `__tier_of__tiergate_export_Plus`.
    ///
    /// The tier in the name avoids a second error if two handlers have the same name. An editor completes
    /// an unfinished tier in two expansions with different tiers, which need the same name.
    fn alias(&self, variant: &Ident) -> String {
        let alias = format!("__tier_of{}", self.hidden);
        if is_for_editor() {
            alias
        } else {
            format!("{alias}_{}", variant.unraw())
        }
    }

    fn public(&self, reason: &str, mut tokens: Vec<TokenTree>, is_deprecated: bool) -> TokenStream {
        self.end(
            &reason.len().to_string(),
            reason,
            is_deprecated,
            &mut tokens,
        );
        let mut items = crate_path_between("", self.krate, "::__open!");
        items.extend([in_braces(tokens)]);
        items
    }

    /// The first tokens of `__gated!` and `__open!`: how to declare the hidden type.
    fn start(&self, condition: Option<TokenStream>) -> Vec<TokenTree> {
        let mut attributes = condition.unwrap_or_default();
        for cfg in cfg_attributes(&self.signature.attributes) {
            cfg.to_tokens(&mut attributes);
        }
        // The items name the tier, which may be deprecated.
        for allow in deprecation::allows_deprecated(&self.signature.attributes) {
            allow.to_tokens(&mut attributes);
        }
        vec![
            in_brackets(attributes),
            in_brackets(self.signature.visibility.clone()),
            self.hidden.clone().into(),
        ]
    }

    /// The bit that marks an endpoint whose route macro looks at more than method and path.
    fn constrained(&self) -> usize {
        let is_constrained = framework_macro::is_constrained(&self.signature.attributes);
        if self.endpoint.route.is_some() && is_constrained {
            CONSTRAINED
        } else {
            0
        }
    }

    /// The last tokens of `__gated!` and `__open!`: the record.
    fn end(&self, first: &str, reason: &str, is_deprecated: bool, tokens: &mut Vec<TokenTree>) {
        let name = &self.endpoint.name;
        let (method, path) = match &self.endpoint.route {
            Some(route) => (route.method.to_uppercase(), route.template.as_str()),
            None => ("NONE".to_owned(), ""),
        };
        let summary = self.signature.documentation.first_paragraph();
        tokens.extend(lexed(&format!(
            "{first} {method} {} {} {}",
            name.len(),
            path.len() | self.constrained(),
            summary.len() | if is_deprecated { DEPRECATED } else { 0 }
        )));
        let text = [name, path, &summary, reason].concat();
        tokens.push(Literal::string(&text).into());
        // Both return the place of their span, which is the handler's name.
        let at = error_span(self.signature.name.span());
        tokens.extend(quote_spanned!(at=> ::core::line!(), ::core::file!()));
    }
}

/// A bit in the length of the path, which is always shorter. `tiergate::Endpoint` reads it.
const CONSTRAINED: usize = 0x8000;
/// The bit that marks a deprecated handler in the length of its summary, which is always shorter.
/// `tiergate::Endpoint` reads it.
const DEPRECATED: usize = 0x8000;
