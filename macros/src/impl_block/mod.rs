//! `#[gated] impl …`: gates the annotated functions of a block. An `impl` can't contain their hidden
//! types, so this macro writes them after the block.

mod parse;

use self::parse::{Block, GatedItem, split_items, take_gate};
use crate::requires_tier::{Expanded, ImplBlock, Place, expand_function};
use crate::route::prefix_path::PrefixPath;
use crate::syntax::condition::cfgs;
use crate::syntax::errors::Errors;
use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::quote;
use syn::Path;

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !options.is_empty() {
        errors.at(
            options,
            "`#[gated]` takes no options; write them on each function, in `#[requires_tier(…)]`",
        );
    }
    let mut tokens = match syn::parse2::<Block>(item.clone()) {
        Ok(block) => block.expand(&mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    tokens.extend(errors.into_tokens());
    tokens
}

impl Block {
    fn expand(&self, errors: &mut Errors) -> TokenStream {
        let Self {
            attributes, head, ..
        } = self;
        // A `#[cfg]` on the block also applies to the items next to it.
        let cfgs = cfgs(attributes);
        let Functions {
            functions,
            items,
            gates,
        } = self.expand_functions(&cfgs, errors);
        self.validate(&gates, errors);
        let mut body = Group::new(Delimiter::Brace, functions);
        body.set_span(self.body.span());
        // The functions lose their attributes. Their import must still count as used.
        let used = quote!(const _: () = { #(#[allow(unused_imports)] use #gates as _;)* };);
        quote!(#(#attributes)* #head #body #(#cfgs)* #used #items)
    }

    fn expand_functions(&self, cfgs: &[syn::Attribute], errors: &mut Errors) -> Functions {
        let prefix_path = PrefixPath::of(&self.attributes);
        let place = Place::Impl(ImplBlock {
            self_type: &self.self_type,
            head: &self.head,
            cfgs,
            prefix_path: &prefix_path,
        });
        let mut expanded = Functions::default();
        for item in split_items(self.body.stream()) {
            let Some(GatedItem {
                path,
                options,
                item,
            }) = take_gate(&item)
            else {
                expanded.functions.extend(item);
                continue;
            };
            expanded.gates.push(path);
            if self.of_trait.is_some() {
                expanded.functions.extend(item);
                continue;
            }
            let Expanded { function, items } = expand_function(options, item, &place, errors);
            expanded.functions.extend(function);
            expanded.items.extend(items);
        }
        expanded
    }

    fn validate(&self, gates: &[Path], errors: &mut Errors) {
        if gates.is_empty() {
            errors.push(syn::Error::new(
                Span::call_site(),
                "no function in this `impl` is gated; write `#[requires_tier(…)]` on a function, or remove `#[gated]`",
            ));
        } else if let Some(of_trait) = &self.of_trait {
            errors.at(
                of_trait,
                "a trait fixes the parameters of its methods, so they can't take a guard; move the work into a gated function and call that, or enforce the catalogue in front of the service with `tiergate::tower`",
            );
        }
    }
}

/// The expanded functions of a block.
#[derive(Default)]
struct Functions {
    /// Every item of the block.
    functions: TokenStream,
    /// The items after the block.
    items: TokenStream,
    /// The paths of the functions' attributes.
    gates: Vec<Path>,
}
