//! Writes the function with its guard, and the items next to it.

use super::input::{Input, Place};
use super::signature::Signature;
use super::validate::{Access, Endpoint};
use crate::route::framework_macro;
use crate::syntax::condition::{self, Presence};
use crate::syntax::{crate_path, deprecation, hidden_names};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;

/// An annotated function, and the items next to it.
pub(crate) struct Expanded {
    pub(crate) function: TokenStream,
    pub(crate) items: TokenStream,
}

impl Expanded {
    pub(super) fn unchanged(function: TokenStream) -> Self {
        Self {
            function,
            items: TokenStream::new(),
        }
    }
}

// Most builds don't optimise procedural macros, and this one runs for each handler. Tokens without
// a span in the user's source are therefore lexed by the compiler, from a string.
pub(super) fn expand(input: Input<'_>, endpoint: &Endpoint) -> Expanded {
    let handler = Handler::new(&input, endpoint);
    let line = match &endpoint.access {
        Access::Tier(_, variant) => format!("\" Requires the tier `{}`.\"", variant.unraw()),
        Access::Public(reason) => format!("{:?}", format!(" Open to everybody: {reason}")),
    };
    let mut attributes = format!("#[doc = \"\"] #[doc = {line}]");
    let items = handler.items();
    let guard = matches!(endpoint.access, Access::Tier(..)).then(|| handler.guard());
    let signature = &input.signature;
    // The guard may be the one parameter too many for clippy.
    if guard.is_some() && signature.parameters.may_be(7) {
        attributes.push_str(" #[allow(clippy::too_many_arguments)]");
    }
    if !signature.is_async() {
        // A handler can't be `const`.
        attributes.push_str(" #[allow(clippy::missing_const_for_fn)]");
        // The guard is passed by value. An async function keeps it in its future.
        if handler.guard.is_some() {
            attributes.push_str(" #[allow(clippy::needless_pass_by_value)]");
        }
    }
    Expanded {
        function: input.signature.with(lexed(&attributes), guard),
        items,
    }
}

struct Handler<'a> {
    signature: &'a Signature,
    endpoint: &'a Endpoint,
    /// The option `crate`.
    krate: Option<&'a Path>,
    /// The option `guard`.
    guard: Option<&'a Ident>,
    hidden: Ident,
    is_method: bool,
}

impl<'a> Handler<'a> {
    fn new(input: &'a Input<'_>, endpoint: &'a Endpoint) -> Self {
        let name = input.signature.name.unraw();
        let named_for = match (input.place, &endpoint.access) {
            (Place::Module, _) => name,
            (Place::Impl(block), Access::Public(_)) => {
                hidden_names::public_in(block.self_type, &name)
            }
            (Place::Impl(block), Access::Tier(..)) => {
                hidden_names::gated_in(block.self_type, block.head, &name)
            }
        };
        Self {
            signature: &input.signature,
            endpoint,
            krate: input.options.crate_path.get(),
            guard: input.options.guard.get(),
            hidden: hidden_names::hidden_type(&named_for),
            is_method: matches!(input.place, Place::Impl(_)),
        }
    }

    /// The items next to the function.
    fn items(&self) -> TokenStream {
        let mut items = TokenStream::new();
        if matches!(self.endpoint.access, Access::Tier(..)) {
            let krate = crate_path::crate_path(self.krate);
            items.extend(framework_macro::needs(&self.signature.attributes, &krate));
        }
        match condition::deprecated(&self.signature.attributes) {
            Presence::Never => items.extend(self.record(None, false)),
            Presence::Always => items.extend(self.record(None, true)),
            Presence::If(predicate) => {
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

    /// `_: ::tiergate::Guard<__tiergate_export>`.
    fn guard(&self) -> TokenStream {
        let name = match self.guard {
            Some(guard) => guard.clone(),
            None if self.is_method || framework_macro::needs_names(&self.signature.attributes) => {
                Ident::new("_guard", Span::mixed_site())
            }
            None => return self.krate("_: ", &format!("::Guard<{}>", self.hidden)),
        };
        let mut tokens = name.into_token_stream();
        tokens.extend(self.krate(": ", &format!("::Guard<{}>", self.hidden)));
        tokens
    }

    /// The path of tiergate between two pieces of code.
    fn krate(&self, before: &str, after: &str) -> TokenStream {
        match self.krate {
            None => lexed(&[before, "::tiergate", after].concat()),
            Some(path) => {
                let mut tokens = lexed(before);
                path.to_tokens(&mut tokens);
                tokens.extend(lexed(after));
                tokens
            }
        }
    }

    fn gated(
        &self,
        of: &TokenStream,
        variant: &Ident,
        mut tokens: Vec<TokenTree>,
        is_deprecated: bool,
    ) -> TokenStream {
        let form = self
            .signature
            .parameters
            .form(&crate_path::crate_path(self.krate));
        // `__tier_of__tiergate_export_Plus`, with the span of the user's `Plus`. The declaration has the
        // macro's span, because a name of the user would have to be in camel case.
        let alias = format!("__tier_of{}_{}", self.hidden, variant.unraw());
        let at = Span::call_site().located_at(variant.span());
        let (declared, used) = (Ident::new(&alias, at), Ident::new(&alias, variant.span()));
        let tier = quote_spanned!(variant.span()=> type Of = #used;);
        tokens.extend([
            declared.into(),
            group(of.clone()),
            group(tier),
            variant.clone().into(),
            group(form),
        ]);
        self.end("", "", is_deprecated, &mut tokens);
        let mut items = self.krate("", "::__gated!");
        items.extend([braces(tokens)]);
        items
    }

    fn public(&self, reason: &str, mut tokens: Vec<TokenTree>, is_deprecated: bool) -> TokenStream {
        self.end(
            &reason.len().to_string(),
            reason,
            is_deprecated,
            &mut tokens,
        );
        let mut items = self.krate("", "::__open!");
        items.extend([braces(tokens)]);
        items
    }

    /// The first tokens of `__gated!` and `__open!`: how to declare the hidden type.
    fn start(&self, condition: Option<TokenStream>) -> Vec<TokenTree> {
        let mut attributes = condition.unwrap_or_default();
        for cfg in condition::cfgs(&self.signature.attributes) {
            cfg.to_tokens(&mut attributes);
        }
        // The items name the tier, which may be deprecated.
        for allow in deprecation::allows_deprecated(&self.signature.attributes) {
            allow.to_tokens(&mut attributes);
        }
        vec![
            group(attributes),
            group(self.signature.visibility.clone()),
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
        let at = self.signature.name.span();
        tokens.extend(quote_spanned!(at=> ::core::line!(), ::core::file!()));
    }
}

/// A bit in the length of the path, which is always shorter. `tiergate::Endpoint` reads it.
const CONSTRAINED: usize = 0x8000;
/// The bit that marks a deprecated handler in the length of its summary, which is always shorter.
/// `tiergate::Endpoint` reads it.
const DEPRECATED: usize = 0x8000;

/// Lexes generated code. Its tokens have no span in the user's source.
fn lexed(text: &str) -> TokenStream {
    // `proc_macro2` would lex the text itself before it passes it to the compiler.
    if proc_macro::is_available() {
        let tokens = text.parse::<proc_macro::TokenStream>();
        return tokens.map(TokenStream::from).unwrap_or_default();
    }
    text.parse().unwrap_or_default()
}

fn group(tokens: TokenStream) -> TokenTree {
    Group::new(Delimiter::Bracket, tokens).into()
}

fn braces(tokens: Vec<TokenTree>) -> TokenTree {
    Group::new(Delimiter::Brace, tokens.into_iter().collect()).into()
}
