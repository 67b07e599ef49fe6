//! What the options of all three macros share: `key = value` and `key(…)`, separated by commas.

use crate::errors::Errors;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitStr, Meta, Path, Token};

/// An option that may be given once. A second value is an error on the second key.
pub(crate) struct Once<T>(Option<T>);

// Derived, `Default` would ask for `T: Default`.
impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Once<T> {
    pub(crate) fn set(&mut self, key: &Ident, value: T, errors: &mut Errors) {
        if self.0.is_some() {
            errors.at(
                key,
                format!("`{key}` is given twice; remove one of the two"),
            );
        } else {
            self.0 = Some(value);
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.0
    }
}

/// Parses comma-separated options with `parse_one`. After an error it goes on behind the next
/// comma, so that two mistakes make two errors.
pub(crate) fn parse_list(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut parse_one: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        let parsed = parse_one(input, errors).and_then(|()| {
            if input.is_empty() || input.peek(Token![,]) {
                Ok(())
            } else {
                Err(input.error("expected `,` between two options"))
            }
        });
        if let Err(error) = parsed {
            errors.push(error);
            skip_to_comma(input);
        }
        // Either the input ended, or a comma stands here.
        let _ = input.parse::<Token![,]>();
    }
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}

/// The key of `key = …`, if that is what comes next. Keywords (`crate`) are keys too.
pub(crate) fn key_with_value(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    let key = ahead.call(Ident::parse_any).ok()?;
    if !ahead.peek(Token![=]) || ahead.peek(Token![==]) {
        return None;
    }
    let _ = input.call(Ident::parse_any);
    let _ = input.parse::<Token![=]>();
    Some(key)
}

/// The string behind `key =`.
pub(crate) fn string(input: ParseStream<'_>, key: &Ident, example: &str) -> syn::Result<LitStr> {
    value(input, key, example, "a string")
}

/// The value behind `key =`, or an error that shows how it is written.
pub(crate) fn value<T: Parse>(
    input: ParseStream<'_>,
    key: &Ident,
    example: &str,
    what: &str,
) -> syn::Result<T> {
    let message = format!("`{key}` takes {what}: `{key} = {example}`");
    if input.is_empty() {
        return Err(syn::Error::new_spanned(key, message));
    }
    let at = input.span();
    input.parse().map_err(|_| syn::Error::new(at, message))
}

/// The name, with a span for which the compiler reports no use of something deprecated. It was the
/// user who deprecated it, and generated code has to name it. An `#[allow(deprecated)]` would be an
/// error below a `#![forbid(deprecated)]`.
pub(crate) fn quiet(name: &Ident) -> Ident {
    let mut quiet = name.clone();
    // Which crate `$crate` is depends on its span.
    if name != "$crate" {
        quiet.set_span(Span::call_site().located_at(name.span()));
    }
    quiet
}

/// The same for each segment of a path, but not for its generic arguments.
pub(crate) fn quiet_path(path: &Path) -> Path {
    let mut quiet_path = path.clone();
    for segment in &mut quiet_path.segments {
        segment.ident = quiet(&segment.ident);
    }
    quiet_path
}

/// The name of an item with these attributes, [`quiet`] if the item is deprecated.
pub(crate) fn name_of_item(name: &Ident, attributes: &[Attribute]) -> Ident {
    if is_deprecated(attributes) {
        quiet(name)
    } else {
        name.clone()
    }
}

pub(crate) fn is_deprecated(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}

/// The `#[allow(deprecated)]`s among the attributes of an item, for what is generated next to it.
pub(crate) fn allows_deprecated(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        let mut tokens = list.tokens.clone().into_iter();
        list.path.is_ident("allow")
            && tokens.any(|token| matches!(token, TokenTree::Ident(lint) if lint == "deprecated"))
    })
}

/// The path of the crate `tiergate` in generated code.
pub(crate) fn crate_path(given: Option<&Path>) -> TokenStream {
    match given {
        Some(path) => quote!(#path),
        None => quote!(::tiergate),
    }
}

/// What the hidden type of an open function of a type is named for.
pub(crate) fn open_in(of: &Ident, function: &Ident) -> Ident {
    format_ident!("open_{}_{}", of.unraw(), function.unraw())
}

/// What the hidden type of a gated function of a type is named for. Nobody looks for it by its name,
/// which only differs from those of the type's other `impl`s, of `Page<u8>` and of `Page<u16>`.
pub(crate) fn gated_in(of: &Ident, head: &TokenStream, function: &Ident) -> Ident {
    let name = format_ident!("{}_{}", of.unraw(), function.unraw());
    if head.clone().into_iter().count() == 2 {
        return name;
    }
    // FNV-1a: the same in each build.
    let hash = head
        .to_string()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    format_ident!("{name}_{hash:08x}")
}

/// The hidden type that stands beside a handler, and carries its record. A catalogue looks for it
/// there.
pub(crate) fn hidden_type(handler: &Ident) -> Ident {
    format_ident!("__tiergate_{}", handler.unraw(), span = Span::call_site())
}
