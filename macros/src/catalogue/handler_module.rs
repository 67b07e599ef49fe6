//! The modules in the paths of listed handlers.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Path, PathArguments};

/// The module of a handler, or of the type that it belongs to.
pub(super) struct HandlerModule {
    /// The path, in the form that `__twins!` takes.
    pub(super) path: TokenStream,
    pub(super) start: TokenStream,
    /// The path after its start.
    pub(super) rest: String,
}

impl HandlerModule {
    /// Returns the modules of the handlers, each with the indices of its handlers.
    pub(super) fn all(handlers: &[Path]) -> Vec<(Self, Vec<usize>)> {
        // A glob import from such a module needs another name for the module.
        let with_their_own_name: Vec<&Ident> = (handlers.iter())
            .filter_map(|handler| {
                let mut segments = handler.segments.iter().map(|segment| &segment.ident);
                let module = segments.next()?;
                (handler.segments.len() > 2 && segments.next() == Some(module)).then_some(module)
            })
            .collect();
        let mut modules: Vec<(String, (Self, Vec<usize>))> = Vec::new();
        for (index, handler) in handlers.iter().enumerate() {
            let module = Self::of(handler, &with_their_own_name);
            let key = module.path.to_string();
            match modules.iter_mut().find(|(other, _)| *other == key) {
                Some((_, (_, indices))) => indices.push(index),
                None => modules.push((key, (module, vec![index]))),
            }
        }
        modules.into_iter().map(|(_, module)| module).collect()
    }

    fn of(handler: &Path, with_their_own_name: &[&Ident]) -> Self {
        let own = if type_of(handler).is_some() { 2 } else { 1 };
        let segments = handler.segments.iter().map(|segment| &segment.ident);
        let mut module: Vec<_> = segments.collect();
        module.truncate(module.len() - own);
        let leading = handler.leading_colon;
        if module.is_empty() {
            return Self {
                path: quote!(self),
                start: quote!(Above(0)),
                rest: String::new(),
            };
        }
        let path = quote!(#leading #(#module)::*);
        let is_keyword = |word: &str| *module[0] == *word;
        let keywords = module
            .iter()
            .take_while(|segment| **segment == "self" || **segment == "super");
        let (path, start, skipped) = match keywords.count() {
            0 if is_keyword("crate") => (path, quote!(Crate), 1),
            0 if is_keyword("$crate") => (path, quote!(Anywhere), 1),
            0 if with_their_own_name.contains(&module[0]) => {
                (quote!(as #path), quote!(Anywhere), 0)
            }
            0 => (path, quote!(Anywhere), 0),
            count => {
                let above = count - usize::from(is_keyword("self"));
                (path, quote!(Above(#above)), count)
            }
        };
        let rest: Vec<_> = module[skipped..].iter().map(ToString::to_string).collect();
        Self {
            path,
            start,
            rest: rest.join("::"),
        }
    }
}

/// Returns the type in a path such as `Dispatch::new_call`.
pub(super) fn type_of(handler: &Path) -> Option<&Ident> {
    let parent = handler.segments.iter().rev().nth(1)?;
    let is_type = !matches!(parent.arguments, PathArguments::None)
        || parent.ident == "Self"
        || parent.ident.to_string().starts_with(char::is_uppercase);
    is_type.then_some(&parent.ident)
}
