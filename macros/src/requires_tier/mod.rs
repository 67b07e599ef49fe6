//! `#[requires_tier(…)]`: read the options and the signature, check them, put the guard in front.

mod documentation;
mod options;
mod parameters;
pub(crate) mod signature;

use self::options::{Access, Options};
use self::signature::{Signature, is_gate};
use crate::above;
use crate::route::framework_macro;
use crate::syntax::condition::{self, Presence};
use crate::syntax::crate_path;
use crate::syntax::deprecation;
use crate::syntax::errors::Errors;
use crate::syntax::hidden_names;
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let expanded = match Signature::read(item.clone()) {
        Ok(signature) => match above::misplaced("#[requires_tier(…)]", &signature.brackets) {
            Some(message) => {
                errors.push(syn::Error::new(Span::call_site(), message));
                expand_misplaced(options, signature, &mut errors)
            }
            None => {
                let mut expanded = expand_function(options, signature, None, &mut errors);
                expanded.function.extend(expanded.items);
                expanded.function
            }
        },
        Err(error) => {
            Options::parse(options, &mut errors);
            errors.push(error);
            item
        }
    };
    with_errors(expanded, errors)
}

/// An annotated function, and what stands beside it.
pub(crate) struct Expanded {
    pub(crate) function: TokenStream,
    pub(crate) items: TokenStream,
}

/// Expands the attribute on a function, or on one in an `impl` of the type `of`.
pub(crate) fn expand_function(
    options: TokenStream,
    signature: Signature,
    of: Option<(&Ident, &TokenStream)>,
    errors: &mut Errors,
) -> Expanded {
    let mut options = Options::parse(options, errors);
    if !check_signature(&signature, of.is_some(), errors) {
        return Expanded {
            function: signature.without_second_gate(),
            items: TokenStream::new(),
        };
    }
    options.read_below(&signature.attributes, errors);
    let access = options.access(errors).unwrap_or_else(|missing| {
        errors.push(missing);
        // A catalogue that lists this handler should not complain a second time.
        Access::Open(String::new())
    });
    Handler::new(&options, access, signature, of).expand()
}

/// The function without its guard, as what calls it has none. What else the attribute writes goes
/// into the body, so that the one mistake is the order of the attributes: the tier is used, and so is
/// the guard, which is a variable there.
pub(crate) fn expand_misplaced(
    options: TokenStream,
    signature: Signature,
    errors: &mut Errors,
) -> TokenStream {
    let options = Options::parse(options, errors);
    let Ok(access) = options.access(errors) else {
        return signature.with(TokenStream::new(), None);
    };
    let handler = Handler::new(&options, access, signature, None);
    let mut statements = handler.items();
    if let Some(guard) = options.guard.get() {
        let (krate, hidden) = (crate_path::crate_path(handler.krate), &handler.hidden);
        statements.extend(quote! {
            let #guard = ::core::option::Option::<#krate::Guard<#hidden>>::None.unwrap();
        });
    }
    let function = handler.signature.with(TokenStream::new(), None);
    above::with_statements(function, &statements)
}

fn with_errors(mut item: TokenStream, errors: Errors) -> TokenStream {
    item.extend(errors.into_tokens());
    item
}

/// The rules for the function itself. False if the macro cannot go on.
fn check_signature(signature: &Signature, is_in_impl: bool, errors: &mut Errors) -> bool {
    let mut ok = true;
    let mut wrong = |tokens: &dyn ToTokens, message: &str| {
        errors.at(tokens.to_token_stream(), message);
        ok = false;
    };
    for qualifier in &signature.qualifiers {
        match qualifier.to_string().as_str() {
            "const" => wrong(
                qualifier,
                "a `const fn` runs when the program is compiled, when there is no caller whose tier could be checked; remove `const`",
            ),
            "extern" => wrong(
                qualifier,
                "an `extern` function is called by code that cannot pass the guard; gate the Rust function that does the work and remove `extern` there",
            ),
            _ => {}
        }
    }
    if let Some(second) = signature
        .attributes
        .iter()
        .find(|attribute| is_gate(attribute))
    {
        wrong(
            second,
            "this handler has a tier already; a handler requires one tier, the lowest that may call it",
        );
    }
    if is_in_impl {
        return ok;
    }
    if let Some(of_impl) = signature
        .parameters
        .receiver
        .as_ref()
        .or(signature.self_type.as_ref())
    {
        wrong(of_impl, IN_IMPL);
    } else if !signature.has_body() {
        wrong(
            &signature.name,
            "a function without a body cannot be gated; annotate the function that has the body",
        );
    } else if above::is_in_impl() {
        wrong(&signature.name, IN_IMPL);
    }
    ok
}

const IN_IMPL: &str = "the hidden type of a method has no place in its `impl`; write `#[tiergate::gated]` above the whole `impl`, and leave this attribute where it is";

/// What is known of an annotated handler when all rules hold.
struct Handler<'a> {
    signature: Signature,
    access: Access,
    /// The path of tiergate, if it is another.
    krate: Option<&'a Path>,
    name: String,
    route: Option<(String, String)>,
    guard: Option<&'a Ident>,
    hidden: Ident,
    is_method: bool,
}

impl<'a> Handler<'a> {
    /// `of` is the type in whose `impl` the function stands, and what stands in front of the braces.
    fn new(
        options: &'a Options,
        access: Access,
        signature: Signature,
        of: Option<(&Ident, &TokenStream)>,
    ) -> Self {
        let name = signature.name.unraw();
        let hidden = hidden_names::hidden_type(&match (of, &access) {
            (Some((of, _)), Access::Open(_)) => hidden_names::open_in(of, &name),
            (Some((of, head)), Access::Tier(..)) => hidden_names::gated_in(of, head, &name),
            (None, _) => name.clone(),
        });
        let route = options.route.as_ref();
        Self {
            signature,
            access,
            krate: options.crate_path.get(),
            name: match options.name.get() {
                Some(name) => name.value(),
                None => name.to_string(),
            },
            route: route
                .map(|(method, path)| (method.to_string(), path.value()))
                .or_else(|| options.below.clone()),
            guard: options.guard.get(),
            hidden,
            is_method: of.is_some(),
        }
    }

    // Procedural macros are not optimised in most builds, and this one runs for each handler. So
    // tokens without a place in the user's source are lexed by the compiler, from a text.
    fn expand(self) -> Expanded {
        let line = match &self.access {
            Access::Tier(_, variant) => format!("\" Requires the tier `{}`.\"", variant.unraw()),
            Access::Open(reason) => format!("{:?}", format!(" Open to everybody: {reason}")),
        };
        let mut attributes = format!("#[doc = \"\"] #[doc = {line}]");
        let items = self.items();
        let guard = matches!(self.access, Access::Tier(..)).then(|| self.guard());
        // One parameter more may be one too many for clippy, which is not the user's doing.
        if guard.is_some() && self.signature.parameters.may_be(7) {
            attributes.push_str(" #[allow(clippy::too_many_arguments)]");
        }
        if !self.signature.is_async() {
            // A handler cannot be `const`.
            attributes.push_str(" #[allow(clippy::missing_const_for_fn)]");
            // The guard is passed by value. An async function keeps it in its future.
            if self.guard.is_some() {
                attributes.push_str(" #[allow(clippy::needless_pass_by_value)]");
            }
        }
        Expanded {
            function: self.signature.with(lexed(&attributes), guard),
            items,
        }
    }

    /// What stands beside the function.
    fn items(&self) -> TokenStream {
        let mut items = TokenStream::new();
        if matches!(self.access, Access::Tier(..)) {
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
        match &self.access {
            Access::Tier(of, variant) => self.gated(of, variant, start, is_deprecated),
            Access::Open(reason) => self.open(reason, start, is_deprecated),
        }
    }

    /// `_: ::tiergate::Guard<__tiergate_export>`.
    fn guard(&self) -> TokenStream {
        let name = match self.guard {
            Some(guard) => guard.clone(),
            None if self.is_method || framework_macro::wants_names(&self.signature.attributes) => {
                Ident::new("_guard", Span::mixed_site())
            }
            None => return self.krate("_: ", &format!("::Guard<{}>", self.hidden)),
        };
        let mut tokens = name.into_token_stream();
        tokens.extend(self.krate(": ", &format!("::Guard<{}>", self.hidden)));
        tokens
    }

    /// The path of tiergate, and what stands before and behind it.
    fn krate(&self, before: &str, behind: &str) -> TokenStream {
        match self.krate {
            None => lexed(&[before, "::tiergate", behind].concat()),
            Some(path) => {
                let mut tokens = lexed(before);
                path.to_tokens(&mut tokens);
                tokens.extend(lexed(behind));
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
        // `__tier_of__tiergate_export_Plus`, where the user wrote `Plus`. Its declaration is the macro's,
        // as the user's own would have to be in camel case.
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

    fn open(&self, reason: &str, mut tokens: Vec<TokenTree>, is_deprecated: bool) -> TokenStream {
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

    /// What both macros start with: how the hidden type is declared.
    fn start(&self, condition: Option<TokenStream>) -> Vec<TokenTree> {
        let mut attributes = condition.unwrap_or_default();
        for cfg in condition::cfgs(&self.signature.attributes) {
            cfg.to_tokens(&mut attributes);
        }
        // The tier may be deprecated, and is named there too.
        for allow in deprecation::allows_deprecated(&self.signature.attributes) {
            allow.to_tokens(&mut attributes);
        }
        vec![
            group(attributes),
            group(self.signature.visibility.clone()),
            self.hidden.clone().into(),
        ]
    }

    /// The bit that marks an endpoint whose route macro decides by more than method and path.
    fn constrained(&self) -> usize {
        let is_constrained = framework_macro::is_constrained(&self.signature.attributes);
        if self.route.is_some() && is_constrained {
            CONSTRAINED
        } else {
            0
        }
    }

    /// What both macros end with: the record.
    fn end(&self, first: &str, reason: &str, is_deprecated: bool, tokens: &mut Vec<TokenTree>) {
        let name = &self.name;
        let (method, path) = match &self.route {
            Some((method, path)) => (method.to_uppercase(), path.as_str()),
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
        // They follow the span they are written with: here the handler's own name.
        let at = self.signature.name.span();
        tokens.extend(quote_spanned!(at=> ::core::line!(), ::core::file!()));
    }
}

/// A bit in the length of the path, which is shorter than that. `tiergate::Endpoint` reads it.
const CONSTRAINED: usize = 0x8000;
/// The bit that marks a deprecated handler in the length of its summary, which is shorter than that.
/// `tiergate::Endpoint` reads it.
const DEPRECATED: usize = 0x8000;

/// The tokens of a text that this macro has made, without a place in the user's source.
fn lexed(text: &str) -> TokenStream {
    // `proc_macro2` would lex it itself, before it asks the compiler to.
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
