//! Finds the module in each listed handler's path, and groups the handlers by module.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Path, PathArguments};

/// The module in a listed handler's path: `units` in `units::list`. For an associated function, this is
/// the module that contains the function's type.
pub(super) struct HandlerModule {
    /// The module's path, in the form that the `__twins!` macro accepts.
    pub(super) path: TokenStream,
    /// The variant of `Start` that describes where the path starts: `Crate` for `crate::units`.
    pub(super) path_start: TokenStream,
    pub(super) path_after_start: String,
}

impl HandlerModule {
    /// Groups the handlers by module. Returns each module with the indices of its handlers.
    pub(super) fn group_handlers(handlers: &[Path]) -> Vec<(Self, Vec<usize>)> {
        // The names of modules that contain a module with the same name, such as `units` in
        // `units::units::list`. A glob import from the outer module requires an alias.
        let modules_with_namesakes: Vec<&Ident> = (handlers.iter())
            .filter_map(|handler| {
                let mut segments = handler.segments.iter().map(|segment| &segment.ident);
                let module = segments.next()?;
                (handler.segments.len() > 2 && segments.next() == Some(module)).then_some(module)
            })
            .collect();
        let mut handlers_by_module: Vec<(String, (Self, Vec<usize>))> = Vec::new();
        for (index, handler) in handlers.iter().enumerate() {
            let module = Self::of_handler(handler, &modules_with_namesakes);
            let module_path = module.path.to_string();
            let same_module = handlers_by_module
                .iter_mut()
                .find(|(grouped_path, _)| *grouped_path == module_path);
            match same_module {
                Some((_, (_, handler_indices))) => handler_indices.push(index),
                None => handlers_by_module.push((module_path, (module, vec![index]))),
            }
        }
        handlers_by_module
            .into_iter()
            .map(|(_, module_and_handlers)| module_and_handlers)
            .collect()
    }

    fn of_handler(handler: &Path, modules_with_namesakes: &[&Ident]) -> Self {
        let segments_after_module = match type_in_handler_path(handler) {
            Some(_) => 2,
            None => 1,
        };
        let segments = handler.segments.iter().map(|segment| &segment.ident);
        let mut module_segments: Vec<_> = segments.collect();
        module_segments.truncate(module_segments.len() - segments_after_module);
        let leading_colon = handler.leading_colon;
        if module_segments.is_empty() {
            return Self {
                path: quote!(self),
                path_start: quote!(Above(0)),
                path_after_start: String::new(),
            };
        }
        let path = quote!(#leading_colon #(#module_segments)::*);
        let starts_with = |keyword: &str| *module_segments[0] == *keyword;
        let self_and_super = module_segments
            .iter()
            .take_while(|segment| **segment == "self" || **segment == "super");
        let (path, path_start, start_length) = match self_and_super.count() {
            0 if starts_with("crate") => (path, quote!(Crate), 1),
            0 if starts_with("$crate") => (path, quote!(Anywhere), 1),
            0 if modules_with_namesakes.contains(&module_segments[0]) => {
                (quote!(as #path), quote!(Anywhere), 0)
            }
            0 => (path, quote!(Anywhere), 0),
            count => {
                let levels_above = count - usize::from(starts_with("self"));
                (path, quote!(Above(#levels_above)), count)
            }
        };
        let path_after_start: Vec<_> = module_segments[start_length..]
            .iter()
            .map(ToString::to_string)
            .collect();
        Self {
            path,
            path_start,
            path_after_start: path_after_start.join("::"),
        }
    }
}

/// Returns the type in the path of an associated function: `Dispatch` in `Dispatch::new_call`.
pub(super) fn type_in_handler_path(handler: &Path) -> Option<&Ident> {
    let parent_segment = handler.segments.iter().rev().nth(1)?;
    let is_type = !matches!(parent_segment.arguments, PathArguments::None)
        || parent_segment.ident == "Self"
        || parent_segment
            .ident
            .to_string()
            .starts_with(char::is_uppercase);
    is_type.then_some(&parent_segment.ident)
}
